/** `tactful/publish`: takes, keeps and serves what a shop publishes, and tells open pages of it. */
export { publicationObjects, type PublicationClasses } from "./classes.js";
export { createPublication } from "./handler.js";
export type { PublicationHost } from "./objects.js";
export { type Published, type PublishedHost, published } from "./published.js";
export type { Authority, Head, PackOf, Publisher, Trust } from "./documents.js";
