/**
 * Which topics say the same: those that share many of their words (Jaccard 1912), each cut to its first five letters, so that
 * "Laktosefreie Milch" is like "laktosefreier Milch". Of what words mean, it knows nothing: it suggests, a person merges.
 */

/** Letters of a word that count, and the fewest that a word has. */
const [STEM, SHORTEST] = [5, 3];
/** Words that say nothing of what a text is about. */
const COMMON = new Set("and are but can could for from have has how not please shop that the there they this was were what when why will with would you your aber auch auf aus bei bitte das dass dem den der des die ein eine einem einen einer euch fur gibt haben habt hat ich ihr ist kann konnt konnte man mehr mit nicht noch nur oder sein sich sie sind und uns von war warum was wenn wir wird zum zur".split(" "));

/** The words of a text as they are compared. */
export function wordsOf(text: string): Set<string> {
  const letters = text.toLowerCase().replace(/ß/g, "ss").normalize("NFKD").replace(/\p{M}/gu, "");
  const words = letters.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= SHORTEST && !COMMON.has(word));
  return new Set(words.map((word) => word.slice(0, STEM)));
}

/** Shared words over all words, 0 to 1. */
export function alike(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = [...one].filter((word) => other.has(word)).length;
  return shared === 0 ? 0 : shared / (one.size + other.size - shared);
}
