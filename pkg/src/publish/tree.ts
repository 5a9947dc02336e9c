/** The log of all heads as a Merkle tree (RFC 6962, 2.1), kept by its complete subtrees alone: one hash for each bit of its size. */
import { type Bytes, join, sha256, utf8 } from "../till/text.js";

const [LEAF, NODE] = [new Uint8Array([0]), new Uint8Array([1])];

/** The complete subtrees after one more entry, the largest first; `size` counts the entries before. */
export async function grown(subtrees: readonly Bytes[], size: number, entry: string): Promise<Bytes[]> {
  const kept = [...subtrees];
  let node = await sha256(join(LEAF, utf8(entry)));
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) node = await sha256(join(NODE, kept.pop()!, node));
  return [...kept, node];
}

/** The hash over the whole tree, which must have an entry. */
export async function rootOf(subtrees: readonly Bytes[]): Promise<Bytes> {
  let [root, ...rest] = [...subtrees].reverse() as [Bytes, ...Bytes[]];
  for (const left of rest) root = await sha256(join(NODE, left, root));
  return root;
}
