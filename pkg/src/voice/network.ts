/** Which addresses are one network: an IPv4 address, or the first 56 bits of an IPv6 address (what a household gets, RFC 6177). */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]!.split("::");
  const [first, last] = [head, tail ?? ""].map((part) => part.split(":").filter(Boolean)) as [string[], string[]];
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length - (address.includes(".") ? 1 : 0));
  const groups = [...first, ...Array<string>(missing).fill("0"), ...last].slice(0, 4).map((group) => group.padStart(4, "0"));
  return `${groups.join("").slice(0, 14)}/56`;
}
