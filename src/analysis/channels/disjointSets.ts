/** Union-find over 0 … size − 1, with path halving and union by size. */
export class DisjointSets {
  private readonly parent: Int32Array
  private readonly sizes: Int32Array

  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, index) => index)
    this.sizes = new Int32Array(size).fill(1)
  }

  /** The element that stands for the set of `element`. */
  find(element: number): number {
    const { parent } = this
    let at = element
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number
      at = parent[at] as number
    }
    return at
  }

  union(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)]
    if (x === y) return
    const [small, large] = (this.sizes[x] as number) < (this.sizes[y] as number) ? [x, y] : [y, x]
    this.parent[small] = large
    this.sizes[large] = (this.sizes[large] as number) + (this.sizes[small] as number)
  }
}
