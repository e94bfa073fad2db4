/**
 * A binary heap whose entries can be replaced and removed by id. What it answers depends on its entries alone, not on
 * the order in which they came, so that every change is undone by the opposite change.
 */
export class IndexedHeap<Item> {
  readonly #items: { readonly id: string; readonly item: Item }[] = [];
  readonly #places = new Map<string, number>();

  /** @param before a strict order; ties are broken by id */
  constructor(private readonly before: (a: Item, b: Item) => number) {}

  get size(): number {
    return this.#items.length;
  }

  peek(): { readonly id: string; readonly item: Item } | undefined {
    return this.#items[0];
  }

  /** The first `count` ids in order. */
  first(count: number): string[] {
    const found: string[] = [];
    const open = [0];
    while (found.length < count && open.length > 0) {
      open.sort((a, b) => this.#compare(a, b));
      const place = open.shift() ?? 0;
      const entry = this.#items[place];
      if (entry === undefined) continue;
      found.push(entry.id);
      open.push(2 * place + 1, 2 * place + 2);
    }
    return found;
  }

  set(id: string, item: Item): void {
    const place = this.#places.get(id) ?? this.#items.length;
    this.#items[place] = { id, item };
    this.#places.set(id, place);
    this.#settle(place);
  }

  delete(id: string): void {
    const place = this.#places.get(id);
    const last = this.#items.pop();
    if (place === undefined || last === undefined) {
      if (last !== undefined) this.#items.push(last);
      return;
    }
    this.#places.delete(id);
    if (place >= this.#items.length) return;
    this.#items[place] = last;
    this.#places.set(last.id, place);
    this.#settle(place);
  }

  #compare(a: number, b: number): number {
    const [x, y] = [this.#items[a], this.#items[b]];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return this.before(x.item, y.item) || (x.id < y.id ? -1 : x.id > y.id ? 1 : 0);
  }

  #settle(place: number): void {
    let at = place;
    while (at > 0 && this.#compare(at, (at - 1) >> 1) < 0) at = this.#swap(at, (at - 1) >> 1);
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#compare(left + 1, left) < 0 ? left + 1 : left;
      if (child >= this.#items.length || this.#compare(child, at) >= 0) return;
      at = this.#swap(at, child);
    }
  }

  #swap(a: number, b: number): number {
    const [x, y] = [this.#items[a], this.#items[b]];
    if (x === undefined || y === undefined) return b;
    this.#items[a] = y;
    this.#items[b] = x;
    this.#places.set(y.id, a);
    this.#places.set(x.id, b);
    return b;
  }
}
