/** A chain of stores over a country: the example's catalog, with polygons of eight corners in towns of many sizes and between. */
import { readFile } from "node:fs/promises";

const EXAMPLE = new URL("../../examples/nordkorb/catalog.json", import.meta.url);
/** About Germany: south, west, north, east. */
const [SOUTH, WEST, NORTH, EAST] = [47.5, 6.2, 54.8, 14.8];
const TOWNS = 400;
/** Every third store stands in the country, all others in a town. */
const ALONE = 3;
const DEGREE_M = 111_319.49;

/** The catalog, the same every time. */
export async function chain(count) {
  const { stores, ...catalog } = JSON.parse(await readFile(EXAMPLE, "utf8"));
  const dice = chance();
  const between = (low, high) => low + (high - low) * dice();
  const anywhere = () => [between(SOUTH, NORTH), between(WEST, EAST)];
  // A few towns are large, as towns are.
  const towns = Array.from({ length: TOWNS }, (_, nth) => [...anywhere(), 1_000 + 14_000 / (1 + nth / 8)]);
  const spot = (nth) => {
    if (nth % ALONE === 0) return anywhere();
    const [lat, lon, wide] = towns[Math.floor(dice() ** 2 * TOWNS)];
    return beside(lat, lon, between(-wide, wide), between(-wide, wide));
  };
  const known = stores.map(({ id }) => id);
  const store = (_, nth) => {
    const [lat, lon] = spot(nth);
    return {
      id: known[nth] ?? `store-${nth}`,
      name: `Nordkorb ${nth}`,
      gln: gln(nth),
      geometry: { type: "Polygon", coordinates: [ring(lat, lon, between(10, 40), between(10, 40))] },
      opening_hours: stores[nth % stores.length].opening_hours,
    };
  };
  return { ...catalog, stores: Array.from({ length: count }, store) };
}

/** Numbers from 0 to 1 as if by chance. */
function chance(state = 1) {
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** The place so many metres to the north and to the east. */
export function beside(lat, lon, north, east) {
  return [lat + north / DEGREE_M, lon + east / DEGREE_M / Math.cos((lat * Math.PI) / 180)];
}

/** Eight corners around a place, GeoJSON. */
function ring(lat, lon, wide, deep) {
  const corners = Array.from({ length: 8 }, (_, nth) => {
    const angle = ((nth + 0.5) * Math.PI) / 4;
    return beside(lat, lon, deep * Math.sin(angle), wide * Math.cos(angle)).reverse().map((degrees) => Math.round(degrees * 1e7) / 1e7);
  });
  return [...corners, corners[0]];
}

function gln(nth) {
  const digits = `290${String(nth).padStart(9, "0")}`;
  const sum = Array.from(digits).reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
