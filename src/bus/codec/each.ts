/** Requests to the registry at a time: quick, and gentle to a small one. */
const AT_ONCE = 8;

/** Runs `work` over all items, a few at a time; results in the order of the items; the first rejection rejects. */
export const each = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const entries = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
};
