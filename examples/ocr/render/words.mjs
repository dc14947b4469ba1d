// The vocabulary of the two sets. No word or phrase is in both, so held-out lines are other text.

const list = (text) => text.trim().split(/\s+/)

export const words = {
  calibration: list(`
    account amber annual answer apple arrival autumn balance basket between bicycle blanket border bottle branch bread
    bridge budget button cabin camera candle capital carbon castle ceiling center chapter cheese circle citizen clean
    coffee column comfort common copper corner cotton credit crystal customer danger daughter decade delivery desert
    detail digital dinner discount doctor double dragon during eastern echo editor effort eight electric engine evening
    exit expert fabric family farmer feather field figure final flower forest forward fourth freedom fresh friend garden
    gentle glass golden grand group guitar hammer harbor health heavy hidden history honey hotel hundred income index
    island jacket journey juice kitchen known ladder large laser leather lemon letter liquid lunch machine manual market
    master medium member metal middle minute mirror modern moment morning museum narrow natural nothing number object
    office olive orange outside oxygen package paper parking partner pattern people pepper picture planet pocket police`),
  'held-out': list(`
    absolute academy advance afternoon airport album almond ancient archive athlete avenue backup bakery banner battery
    beautiful bedroom beyond birthday breakfast brother builder calendar campaign canyon carefully channel charity church
    climate clothing cluster coastal collect compass concert contract cooking country courage cousin creative culture
    current curtain deadline deliver density design diamond direct distance dolphin drawing driver economy eleven emerald
    empire energy enough entrance envelope episode equal evidence exchange express factory festival fiction finger flavor
    flight follow fortune fragile frozen future gallery general genuine giraffe glacier grammar gravity grocery growth
    guardian habit half handle harvest height holiday horizon hospital human imagine include industry inside jewel jungle
    justice keyboard kingdom knowledge language lantern leader legend library license limited local luggage magazine magic
    maple mathematics meadow message mineral mission monitor monkey mountain music mystery nation neighbor network nine
    normal northern notebook november ocean office-hours opinion orchard organic original oxide painting parcel passport
    payment pension perfect phone piano pilot platform pleasure poetry popular portrait position powder practice premium
    present prince printer private process project promise protein public purple quality quarter question quick quiet
    rainbow receipt recipe record region rescue result return reward rhythm ribbon river rocket royal sailor salmon sample
    satellite scholar science season secret segment service shadow shelter silver simple singer sister sixteen smooth
    soccer solar sound southern special spider spirit spring square stable station stone storage stream student summer
    sunset supply surface survey system tablet talent teacher temple tennis theater thunder ticket timber tomato tonight
    tower traffic travel treasure triangle tunnel twelve umbrella uncle uniform unique update upper vacation valley value
    vehicle velvet victory village vintage violin virtual visitor voice voyage wallet warehouse water weather website
    welcome western window winter wisdom wonder workshop worldwide writer yellow yesterday young zebra zero`),
}

/** Chinese lines: signs, labels and short sentences in common characters. */
export const phrases = {
  calibration: list(`
    欢迎光临 中国人民银行 北京大学 高速公路 注意安全 小心地滑 禁止吸烟 今日特价 生产日期 有效期至 营业时间 上海市人民政府
    新鲜水果 电子发票 请勿打扰 出口方向 地铁一号线 学生宿舍 图书馆开放时间 消防通道`),
  'held-out': list(`
    广州火车站 收款人姓名 身份证号码 南京东路 请保持安静 电话号码 商品名称 数量与单价 合计金额 公共汽车 天气预报 长江大桥
    人工智能技术 西湖风景区 保质期十二个月 净含量 服务中心 医院门诊部 开票日期 收货地址 快递单号 计算机科学 数学与物理
    红烧牛肉面 售后服务热线 每日一题 海南岛 黄山毛峰 机场大巴 青年旅社 国家图书馆 体育运动会 环境保护 世界和平
    自动售货机 会议室预定 工作日上午 入住登记 停车场入口 免费无线网络`),
}
