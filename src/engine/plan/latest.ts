/** What was made last for an owner: plans of other shapes ask for the same again. */
export class Latest<Owner extends object, Made> {
  private readonly known = new WeakMap<Owner, { readonly of: readonly unknown[]; readonly made: Made }>()

  /** @param of all else that decides the result, each the same object or number where it is the same */
  get(owner: Owner, of: readonly unknown[], make: () => Made): Made {
    const before = this.known.get(owner)
    if (before?.of.every((each, index) => each === of[index])) return before.made
    const made = make()
    this.known.set(owner, { of, made })
    return made
  }
}
