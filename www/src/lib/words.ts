/** What the shop and the panel say, in both languages. Words of offers and reasons come from the engine. */
import type { HoldReason, Language, Moment, Refusal } from "tactful";

export interface Vocabulary {
  tabs: Record<"shop" | "basket" | "map" | "scan" | "me", string>;
  greeting: [string, string, string, string];
  place: { away: string; near: (store: string) => string; in_store: (store: string) => string };
  search: string;
  results: (count: number, term: string) => string;
  nothingFound: string;
  categories: string;
  allCategories: string;
  fewerCategories: string;
  shelf: string;
  back: string;
  add: string;
  addOne: (name: string) => string;
  fewer: (name: string) => string;
  more: (name: string) => string;
  inBasket: (count: number) => string;
  lowest: (price: string) => string;
  age: (years: number) => string;
  alsoIn: (category: string) => string;
  basketEmpty: string;
  toTheShelves: string;
  pieces: (count: number) => string;
  total: string;
  checkout: string;
  payTitle: string;
  payText: string;
  pay: (price: string) => string;
  paidTitle: string;
  paidText: (price: string) => string;
  taken: string;
  takenText: string;
  couponsEmpty: string;
  couponsConsent: string;
  couponsText: string;
  tell: string;
  tellText: string;
  couponShow: string;
  couponGet: string;
  couponAllow: string;
  couponUntil: (when: string) => string;
  couponUsed: string;
  couponOver: string;
  couponWaiting: string;
  mapTitle: string;
  mapText: string;
  mapLabel: string;
  you: string;
  walks: string;
  playWalk: string;
  playTrace: string;
  traceNote: string;
  pause: string;
  resume: string;
  stop: string;
  speed: string;
  accuracy: string;
  accuracyOf: Record<"open" | "narrow" | "network", string>;
  stores: string;
  goTo: string;
  standHere: string;
  zoomIn: string;
  zoomOut: string;
  wholeCity: string;
  sketch: string;
  scanTitle: string;
  scanText: string;
  yes: string;
  no: string;
  storeLabels: string;
  shelfLabels: string;
  camera: string;
  cameraOff: string;
  otherCode: string;
  scanned: (name: string) => string;
  unknownCode: string;
  open: string;
  me: string;
  remember: string;
  rememberText: string;
  objected: string;
  share: string;
  shareText: string;
  shareLast: string;
  shareAhead: string;
  shareNothing: string;
  dial: string;
  dials: Record<"never" | "rarely" | "normal" | "often", string>;
  language: string;
  care: string;
  careText: string;
  topics: Record<"complaint" | "return" | "late_delivery" | "question", string>;
  careOpen: (topic: string) => string;
  careClose: string;
  family: string;
  familyText: string;
  familyLoad: string;
  familyLoaded: string;
  forget: string;
  forgetText: string;
  forgotten: string;
  exported: string;
  exportedText: string;
  exportedShow: string;
  studio: string;
  studioText: string;
  tryingPack: string;
  endTrial: string;
  panel: string;
  panelOpen: string;
  panelClose: string;
  clock: string;
  moves: Record<"hour" | "day" | "week" | "morning" | "evening", string>;
  understands: string;
  presence: string;
  states: Record<Moment["presence"]["state"], string>;
  tiers: Record<Moment["presence"]["tier"], string>;
  sure: string;
  intent: string;
  intents: Record<Moment["intent"]["stage"], string>;
  purchase: string;
  stage: string;
  stages: Record<Moment["stage"], string>;
  needs: string;
  noNeeds: string;
  due: (when: string) => string;
  memories: string;
  noMemories: string;
  memoriesText: string;
  needed: string;
  forgetIt: string;
  neverAgain: string;
  noMoreMemories: string;
  decides: string;
  notAsked: string;
  notAskedText: string;
  tries: string;
  tryIt: Record<"walk" | "scan" | "family" | "hour", [string, string]>;
  speaks: string;
  spoke: string;
  silent: string;
  at: (placement: string) => string;
  until: (when: string) => string;
  usefulness: string;
  cost: string;
  beats: string;
  falls: string;
  unpriced: string;
  unlooked: string;
  funnel: { offers: string; candidates: string; survivors: string };
  chance: (share: string) => string;
  runnerUp: (offer: string) => string;
  leftOut: (count: number) => string;
  log: string;
  times: (count: number) => string;
  holds: Record<HoldReason, string>;
  refusals: Record<Refusal, string>;
}

const en: Vocabulary = {
  tabs: { shop: "Shop", basket: "Basket", map: "Stores", scan: "Scan", me: "Me" },
  greeting: ["Good morning", "Hello", "Good evening", "Good night"],
  place: {
    away: "Your neighbourhood grocer in Helsinki",
    near: (store) => `Around the corner from ${store}`,
    in_store: (store) => `You are at ${store}`,
  },
  search: "What are you cooking?",
  results: (count, term) => `${count} for “${term}”`,
  nothingFound: "Nothing on our shelves by that name.",
  categories: "Aisles",
  allCategories: "All aisles",
  fewerCategories: "Fewer",
  shelf: "From the shelves",
  back: "Back",
  add: "Add to basket",
  addOne: (name) => `Add ${name} to the basket`,
  fewer: (name) => `One ${name} less`,
  more: (name) => `One ${name} more`,
  inBasket: (count) => `${count} in your basket`,
  lowest: (price) => `Lowest price of the last 30 days: ${price}`,
  age: (years) => `From ${years} years`,
  alsoIn: (category) => `More from ${category}`,
  basketEmpty: "Your basket is empty.",
  toTheShelves: "To the shelves",
  pieces: (count) => (count === 1 ? "1 piece" : `${count} pieces`),
  total: "Total",
  checkout: "Checkout",
  payTitle: "Almost there",
  payText: "Nobody talks to you while you pay. Not even us.",
  pay: (price) => `Pay ${price}`,
  paidTitle: "Thank you",
  paidText: (price) => `${price} paid. See you soon.`,
  taken: "Your coupons",
  takenText: "Taken off at the till.",
  couponsEmpty: "None yet. When one is offered to you, take it, and it waits here.",
  couponsConsent: "A coupon with a code is kept on this device. Getting one allows the shop to remember things here; under Me you can take that back.",
  tell: "Tell us",
  tellText: "Wishes, questions and complaints, without your name. The shop answers there.",
  couponsText: "What you have taken, with its code for the till.",
  couponShow: "Show",
  couponGet: "Get the code",
  couponAllow: "Allow and get the code",
  couponUntil: (when) => `good until ${when}`,
  couponUsed: "used",
  couponOver: "expired",
  couponWaiting: "on its way: comes with the network",
  mapTitle: "Stores",
  mapText: "Drag the dot, walk in, or go straight to a store.",
  mapLabel: "Map of central Helsinki with our stores",
  you: "You. Arrow keys move ten metres.",
  walks: "Walk",
  playWalk: "Walk into Kaisaniemi",
  playTrace: "Benchmark walk, 40 min",
  traceNote: "From a public benchmark of simulated walks over real streets, © OpenStreetMap contributors.",
  pause: "Pause",
  resume: "Walk on",
  stop: "Stop",
  speed: "Speed",
  accuracy: "Position",
  accuracyOf: { open: "open sky (± 8 m)", narrow: "between houses (± 20 m)", network: "mobile network (± 300 m)" },
  stores: "Our stores",
  goTo: "Go there",
  standHere: "You are here",
  zoomIn: "Closer",
  zoomOut: "Farther",
  wholeCity: "Whole city",
  sketch: "Streets and water are a sketch.",
  scanTitle: "Scan a label",
  scanText: "Tap a label as if your camera saw it.",
  yes: "Yes",
  no: "No",
  storeLabels: "At the door",
  shelfLabels: "On the shelf",
  camera: "Use the camera",
  cameraOff: "Stop the camera",
  otherCode: "This code names no product and no store.",
  scanned: (name) => `Scanned: ${name}`,
  unknownCode: "a code that is not from this shop",
  open: "View",
  me: "Me",
  remember: "Remember me on this device",
  rememberText: "Your purchases help to time reminders. They never leave this device.",
  objected: "Your browser asks for you not to be remembered (Global Privacy Control). So nothing is kept.",
  share: "Help the shop to be more useful",
  shareText: "Of one week in four this device tells of one offer, drawn by lot, whether it was of use to you. Often it says something else by chance, so nobody can know what was true for you. Only the sum over very many tells something.",
  shareLast: "What left this device last, word for word:",
  shareAhead: "What would have left this device last, word for word. The demo's time is ahead of the real one, so it was not sent:",
  shareNothing: "nothing so far",
  dial: "How often may we speak?",
  dials: { never: "Never", rarely: "Rarely", normal: "Normal", often: "Often" },
  language: "Language",
  care: "Something wrong?",
  careText: "As long as a case is open, help comes first and we sell you nothing.",
  topics: { complaint: "Complaint", return: "Return", late_delivery: "Late delivery", question: "Question" },
  careOpen: (topic) => `Open: ${topic}`,
  careClose: "It is solved",
  family: "A family's history",
  familyText: "Two years of an invented household's shopping, so that needs and memories exist.",
  familyLoad: "Load the history",
  familyLoaded: "Loaded. See the needs and memories.",
  forget: "Forget me",
  forgetText: "Deletes everything, here and now. Afterwards we start quietly.",
  forgotten: "Forgotten.",
  exported: "Everything that is remembered",
  exportedText: "As plain text, for you to read.",
  exportedShow: "Show it",
  studio: "Studio",
  studioText: "Edit the shop's catalog, check it, try it here.",
  tryingPack: "A catalog from the studio",
  endTrial: "End the trial",
  panel: "from the inside",
  panelOpen: "What Tactful thinks",
  panelClose: "Back to the shop",
  clock: "The demo's time",
  moves: { hour: "+1 h", day: "+1 day", week: "+1 week", morning: "Morning", evening: "Evening" },
  understands: "What it understands",
  presence: "Presence",
  states: { away: "Away from our stores", near: "Near", in_store: "In" },
  tiers: {
    none: "no evidence yet",
    request: "from a request",
    position: "from position",
    scan: "from a scanned label",
    check_in: "from a check-in",
    network: "from the store's network",
    beacon: "from a beacon",
  },
  sure: "in a store",
  intent: "Intent",
  intents: { browse: "Browse", consider: "Consider", compare: "Compare", decide: "Decide", hesitate: "Hesitate", checkout: "Checkout", leave: "Leave" },
  purchase: "Chance of a purchase",
  stage: "Conversation",
  stages: { discovery: "Discovery", sale: "Sale", service: "Service" },
  needs: "Needs",
  noNeeds: "None known. A history of purchases shows them.",
  due: (when) => `due ${when}`,
  memories: "Memories",
  noMemories: "None known.",
  memoriesText: "What we could remind you of, and the fact that we know it by. It lives on this device alone.",
  needed: "Anything forgotten?",
  forgetIt: "Forget it",
  neverAgain: "Never again",
  noMoreMemories: "No memories at all, please",
  decides: "Why it speaks or stays silent",
  notAsked: "Nobody asked yet",
  notAskedText: "The shop asks at moments that may help, not when a page opens. Walk into a store, scan a label, look at a product or open the basket.",
  tries: "Try this",
  tryIt: {
    walk: ["Walk into a store", "Play the walk on the map and watch presence rise."],
    scan: ["Scan a shelf label", "The strongest sign of interest there is."],
    family: ["Become a family", "Two years of shopping bring needs and memories."],
    hour: ["Let an hour pass", "After a word there is silence for a while."],
  },
  speaks: "Speaks",
  spoke: "Has spoken",
  silent: "Stays silent",
  at: (placement) => `asked for: ${placement}`,
  until: (when) => `until ${when}`,
  usefulness: "Usefulness",
  cost: "Cost of interrupting",
  beats: "more useful than the interruption costs",
  falls: "not worth the interruption",
  unpriced: "no offer got that far",
  unlooked: "We may not speak now, so we did not even look for an offer.",
  funnel: { offers: "offers", candidates: "fit", survivors: "may be shown" },
  chance: (share) => `chosen with probability ${share}`,
  runnerUp: (offer) => `Runner-up: ${offer}`,
  leftOut: (count) => `Meant for this place, but left out: ${count}`,
  log: "Last decisions",
  times: (count) => `${count}×`,
  holds: {
    dial_never: "you asked for silence",
    busy: "you are busy",
    riding: "you are on the move",
    quiet_hours: "quiet hours",
    resting: "spoke just now",
    cap_reached: "said enough",
    unknown_history: "lost history",
    holdout: "held to compare",
    catalog_expired: "out of date",
    nothing_fits: "nothing fits",
    all_excluded: "seen or refused",
    not_worth_it: "not worth it",
  },
  refusals: {
    not_eligible: "not for this person",
    not_applicable: "makes no sense now",
    not_suitable: "would not be good for them",
    schedule: "not at this time",
    cap: "shown often enough",
    cooling_off: "was closed before",
    never_again: "“never again”",
    later: "“later”",
    converted: "used already",
    care_first: "help comes first",
    careful: "something went wrong not long ago",
    consent: "no consent",
    sensitive: "sensitive",
    no_memory: "no memory of it",
    reminder_gap: "a reminder was shown lately",
    tired: "enough of these for a while",
    pacing: "its turn is later",
    exhausted: "nothing is left of its budget",
    age: "age limit",
    outranked: "another was better",
    not_worth_it: "not worth the interruption",
  },
};

const de: Vocabulary = {
  tabs: { shop: "Laden", basket: "Korb", map: "Märkte", scan: "Scannen", me: "Ich" },
  greeting: ["Guten Morgen", "Hallo", "Guten Abend", "Gute Nacht"],
  place: {
    away: "Dein Laden um die Ecke in Helsinki",
    near: (store) => `Gleich um die Ecke: ${store}`,
    in_store: (store) => `Du bist bei ${store}`,
  },
  search: "Was kochst du heute?",
  results: (count, term) => `${count} für „${term}“`,
  nothingFound: "So etwas steht nicht in unseren Regalen.",
  categories: "Gänge",
  allCategories: "Alle Gänge",
  fewerCategories: "Weniger",
  shelf: "Aus den Regalen",
  back: "Zurück",
  add: "In den Korb",
  addOne: (name) => `${name} in den Korb legen`,
  fewer: (name) => `${name}: eins weniger`,
  more: (name) => `${name}: eins mehr`,
  inBasket: (count) => `${count} in deinem Korb`,
  lowest: (price) => `Niedrigster Preis der letzten 30 Tage: ${price}`,
  age: (years) => `Ab ${years} Jahren`,
  alsoIn: (category) => `Mehr aus ${category}`,
  basketEmpty: "Dein Korb ist leer.",
  toTheShelves: "Zu den Regalen",
  pieces: (count) => (count === 1 ? "1 Stück" : `${count} Stück`),
  total: "Summe",
  checkout: "Zur Kasse",
  payTitle: "Fast geschafft",
  payText: "Beim Bezahlen redet dir niemand hinein. Auch wir nicht.",
  pay: (price) => `${price} bezahlen`,
  paidTitle: "Danke",
  paidText: (price) => `${price} bezahlt. Bis bald.`,
  taken: "Deine Gutscheine",
  takenText: "Wird an der Kasse abgezogen.",
  couponsEmpty: "Noch keiner. Wenn dir einer angeboten wird, nimm ihn, dann wartet er hier.",
  couponsConsent: "Ein Gutschein mit Code bleibt auf diesem Gerät. Wer einen holt, erlaubt dem Markt, sich hier etwas zu merken; unter Ich lässt sich das zurücknehmen.",
  tell: "Sag es uns",
  tellText: "Wünsche, Fragen und Beschwerden, ohne deinen Namen. Dort antwortet auch der Laden.",
  couponsText: "Was du genommen hast, mit dem Code für die Kasse.",
  couponShow: "Zeigen",
  couponGet: "Code holen",
  couponAllow: "Erlauben und Code holen",
  couponUntil: (when) => `gilt bis ${when}`,
  couponUsed: "eingelöst",
  couponOver: "abgelaufen",
  couponWaiting: "unterwegs: kommt mit dem Netz",
  mapTitle: "Märkte",
  mapText: "Zieh den Punkt, lauf hinein, oder geh direkt in einen Markt.",
  mapLabel: "Karte der Innenstadt von Helsinki mit unseren Märkten",
  you: "Du. Die Pfeiltasten bewegen dich um zehn Meter.",
  walks: "Laufen",
  playWalk: "In den Kaisaniemi-Markt laufen",
  playTrace: "Benchmark-Weg, 40 min",
  traceNote: "Aus einem öffentlichen Benchmark simulierter Wege über echte Straßen, © OpenStreetMap-Mitwirkende.",
  pause: "Pause",
  resume: "Weiter",
  stop: "Stopp",
  speed: "Tempo",
  accuracy: "Ortung",
  accuracyOf: { open: "freier Himmel (± 8 m)", narrow: "zwischen Häusern (± 20 m)", network: "Mobilfunk (± 300 m)" },
  stores: "Unsere Märkte",
  goTo: "Hingehen",
  standHere: "Du bist hier",
  zoomIn: "Näher",
  zoomOut: "Weiter weg",
  wholeCity: "Ganze Stadt",
  sketch: "Straßen und Wasser sind eine Skizze.",
  scanTitle: "Etikett scannen",
  scanText: "Tippe ein Etikett an, als sähe es deine Kamera.",
  yes: "Ja",
  no: "Nein",
  storeLabels: "An der Tür",
  shelfLabels: "Am Regal",
  camera: "Kamera benutzen",
  cameraOff: "Kamera beenden",
  otherCode: "Dieser Code nennt weder ein Produkt noch einen Markt.",
  scanned: (name) => `Gescannt: ${name}`,
  unknownCode: "ein Code, der nicht aus diesem Laden ist",
  open: "Ansehen",
  me: "Ich",
  remember: "Auf diesem Gerät erinnern",
  rememberText: "Deine Einkäufe helfen, Hinweise gut zu treffen. Sie verlassen dieses Gerät nie.",
  objected: "Dein Browser bittet für dich, nicht erinnert zu werden (Global Privacy Control). Also wird nichts behalten.",
  share: "Dem Laden helfen, nützlicher zu sein",
  shareText: "In einer von vier Wochen sagt dieses Gerät zu einem ausgelosten Angebot, ob es dir genützt hat. Oft sagt es durch Zufall etwas anderes, so dass niemand wissen kann, was für dich stimmt. Erst die Summe über sehr viele sagt etwas aus.",
  shareLast: "Was zuletzt von hier wegging, Wort für Wort:",
  shareAhead: "Was zuletzt von hier weggegangen wäre, Wort für Wort. Die Zeit der Demo ist der echten voraus, darum wurde es nicht gesendet:",
  shareNothing: "noch nichts",
  dial: "Wie oft dürfen wir etwas sagen?",
  dials: { never: "Nie", rarely: "Selten", normal: "Normal", often: "Oft" },
  language: "Sprache",
  care: "Stimmt etwas nicht?",
  careText: "Solange etwas offen ist, geht Hilfe vor, und wir verkaufen dir nichts.",
  topics: { complaint: "Beschwerde", return: "Rückgabe", late_delivery: "Späte Lieferung", question: "Frage" },
  careOpen: (topic) => `Offen: ${topic}`,
  careClose: "Ist erledigt",
  family: "Eine Familie mit Geschichte",
  familyText: "Zwei Jahre Einkäufe eines erfundenen Haushalts, damit es Bedarf und Erinnerungen gibt.",
  familyLoad: "Geschichte laden",
  familyLoaded: "Geladen. Sieh Bedarf und Erinnerungen an.",
  forget: "Vergiss mich",
  forgetText: "Löscht alles, hier und jetzt. Danach fangen wir leise wieder an.",
  forgotten: "Vergessen.",
  exported: "Alles, woran wir uns erinnern",
  exportedText: "Als Klartext, zum Nachlesen.",
  exportedShow: "Zeigen",
  studio: "Studio",
  studioText: "Den Katalog des Ladens ändern, prüfen und hier ausprobieren.",
  tryingPack: "Ein Katalog aus dem Studio",
  endTrial: "Probe beenden",
  panel: "von innen",
  panelOpen: "Was Tactful denkt",
  panelClose: "Zurück zum Laden",
  clock: "Die Zeit der Vorführung",
  moves: { hour: "+1 Std.", day: "+1 Tag", week: "+1 Woche", morning: "Morgen", evening: "Abend" },
  understands: "Was es versteht",
  presence: "Ort",
  states: { away: "In keinem unserer Märkte", near: "In der Nähe", in_store: "Im Markt" },
  tiers: {
    none: "noch kein Anhalt",
    request: "aus einer Anfrage",
    position: "aus der Ortung",
    scan: "aus einem gescannten Etikett",
    check_in: "selbst gesagt",
    network: "aus dem Netz des Markts",
    beacon: "von einem Funksender im Markt",
  },
  sure: "im Markt",
  intent: "Absicht",
  intents: { browse: "Stöbern", consider: "Erwägen", compare: "Vergleichen", decide: "Entscheiden", hesitate: "Zögern", checkout: "Kasse", leave: "Gehen" },
  purchase: "Kaufwahrscheinlichkeit",
  stage: "Gespräch",
  stages: { discovery: "Entdecken", sale: "Einkauf", service: "Hilfe" },
  needs: "Bedarf",
  noNeeds: "Keiner bekannt. Frühere Einkäufe zeigen ihn.",
  due: (when) => `fällig ${when}`,
  memories: "Erinnerungen",
  noMemories: "Keine bekannt.",
  memoriesText: "Woran wir dich erinnern könnten, und woher wir es wissen. Es liegt nur auf diesem Gerät.",
  needed: "Nichts vergessen?",
  forgetIt: "Vergessen",
  neverAgain: "Nie wieder",
  noMoreMemories: "Bitte gar keine Erinnerungen",
  decides: "Warum es spricht oder schweigt",
  notAsked: "Noch hat niemand gefragt",
  notAskedText: "Der Laden fragt in Momenten, in denen es helfen kann, nicht beim Öffnen einer Seite. Geh in einen Markt, scanne ein Etikett, sieh dir etwas an oder öffne den Korb.",
  tries: "Zum Ausprobieren",
  tryIt: {
    walk: ["In einen Markt laufen", "Spiel den Weg auf der Karte ab und sieh den Ort sicherer werden."],
    scan: ["Ein Regaletikett scannen", "Ein stärkeres Zeichen von Interesse gibt es nicht."],
    family: ["Eine Familie werden", "Zwei Jahre Einkäufe bringen Bedarf und Erinnerungen."],
    hour: ["Eine Stunde vergehen lassen", "Nach einem Wort ist eine Weile Stille."],
  },
  speaks: "Spricht",
  spoke: "Hat gesprochen",
  silent: "Schweigt",
  at: (placement) => `gefragt für: ${placement}`,
  until: (when) => `bis ${when}`,
  usefulness: "Nutzen",
  cost: "Kosten der Störung",
  beats: "nützlicher, als die Störung kostet",
  falls: "die Störung nicht wert",
  unpriced: "kein Angebot kam so weit",
  unlooked: "Wir dürfen gerade nichts sagen und haben deshalb gar nicht erst gesucht.",
  funnel: { offers: "Angebote", candidates: "passen", survivors: "dürfen" },
  chance: (share) => `gewählt mit Wahrscheinlichkeit ${share}`,
  runnerUp: (offer) => `Zweiter: ${offer}`,
  leftOut: (count) => `Für diese Stelle gedacht, aber ausgelassen: ${count}`,
  log: "Letzte Entscheidungen",
  times: (count) => `${count}×`,
  holds: {
    dial_never: "Stille gewünscht",
    busy: "du bist beschäftigt",
    riding: "du bist unterwegs",
    quiet_hours: "Ruhezeit",
    resting: "eben erst gesprochen",
    cap_reached: "genug gesagt",
    unknown_history: "Geschichte verloren",
    holdout: "still zum Vergleich",
    catalog_expired: "abgelaufen",
    nothing_fits: "nichts passt",
    all_excluded: "gesehen oder abgelehnt",
    not_worth_it: "nicht wert",
  },
  refusals: {
    not_eligible: "nicht für diese Person",
    not_applicable: "ergibt jetzt keinen Sinn",
    not_suitable: "täte ihr nicht gut",
    schedule: "nicht zu dieser Zeit",
    cap: "oft genug gezeigt",
    cooling_off: "wurde geschlossen",
    never_again: "„nie wieder“",
    later: "„später“",
    converted: "schon genutzt",
    care_first: "Hilfe geht vor",
    careful: "neulich war etwas nicht in Ordnung",
    consent: "keine Einwilligung",
    sensitive: "heikel",
    no_memory: "keine Erinnerung daran",
    reminder_gap: "kürzlich erinnert",
    tired: "davon erst mal genug",
    pacing: "später an der Reihe",
    exhausted: "vom Budget ist nichts übrig",
    age: "Altersgrenze",
    outranked: "ein anderes war besser",
    not_worth_it: "die Störung nicht wert",
  },
};

export const WORDS: Record<Language, Vocabulary> = { en, de };
