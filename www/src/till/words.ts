/** What the till's page says, to be read aloud at a counter. Why a coupon is refused says `tactful/till`. */
import type { Language } from "tactful";

export interface Words {
  title: string;
  accepted: string;
  again: string;
  offlineAccepted: string;
  refused: string;
  first: (till: string, receipt: string, when: string) => string;
  held: (until: string) => string;
  percent: (rate: string) => string;
  amount: (money: string) => string;
  minimum: (money: string) => string;
  terms: string;
  ready: string;
  readyText: string;
  checking: string;
  code: string;
  codeHint: string;
  check: string;
  camera: string;
  cameraOff: string;
  cameraFailed: string;
  worth: (currency: string) => string;
  receipt: (name: string) => string;
  next: string;
  undo: string;
  undone: string;
  waiting: (count: number) => string;
  nothingWaiting: string;
  report: string;
  doubles: string;
  double: (code: string, receipt: string, why: string) => string;
  noted: string;
  online: string;
  offline: string;
  setUp: string;
  setUpText: string;
  setUpField: string;
  setUpButton: string;
  setUpWrong: string;
  notReady: string;
  notFitting: string;
  forgets: string;
  broken: string;
  forget: string;
}

export const WORDS: Record<Language, Words> = {
  en: {
    title: "Till",
    accepted: "Accepted",
    again: "Accepted already on this receipt: take it off once.",
    offlineAccepted: "Checked without a network. It is reported later.",
    refused: "Not accepted",
    held: (until) => `It is held until ${until} at the latest.`,
    first: (till, receipt, when) => `Used at ${till}, receipt ${receipt}, ${when}.`,
    percent: (rate) => `${rate} off`,
    amount: (money) => `${money} off`,
    minimum: (money) => `from a basket of ${money}`,
    terms: "Take off what the offer says.",
    ready: "Ready",
    readyText: "Scan the coupon, paste its code, or type the 16 letters.",
    checking: "Checking …",
    code: "Coupon code",
    codeHint: "A hand scanner types here by itself.",
    check: "Check",
    camera: "Use the camera",
    cameraOff: "Stop the camera",
    cameraFailed: "The camera cannot be used here. Type the 16 letters instead.",
    worth: (currency) => `What it takes off, ${currency} (if known)`,
    receipt: (name) => `Receipt ${name}`,
    next: "Next customer",
    undo: "Undo: the sale did not happen",
    undone: "Given back. The coupon is good again.",
    waiting: (count) => (count === 1 ? "1 coupon waits to be reported" : `${count} coupons wait to be reported`),
    nothingWaiting: "Everything is reported.",
    report: "Report now",
    doubles: "Accepted offline, but not good",
    double: (code, receipt, why) => `${code}, receipt ${receipt}: ${why}`,
    noted: "Noted",
    online: "Online",
    offline: "No network",
    setUp: "Set up this till",
    setUpText: "Open the link that your shop made for this till, or paste it here. It is kept on this device only.",
    setUpField: "Link of this till",
    setUpButton: "Set up",
    setUpWrong: "This is no link of a till.",
    notReady: "This till needs the network once before it can check coupons.",
    notFitting: "The shop answers, but this link does not fit it: its key, its store or its roots are others. Ask for a new link.",
    forgets: "This browser keeps nothing, since cookies and site data are blocked. The till works until this page is closed, and only with a network.",
    broken: "The till cannot write down what is spent, so it accepts nothing.",
    forget: "Set up anew",
  },
  de: {
    title: "Kasse",
    accepted: "Angenommen",
    again: "Auf diesem Bon schon angenommen: nur einmal abziehen.",
    offlineAccepted: "Ohne Netz geprüft. Wird später gemeldet.",
    refused: "Nicht angenommen",
    held: (until) => `Vorgemerkt bis spätestens ${until} Uhr.`,
    first: (till, receipt, when) => `Eingelöst an ${till}, Bon ${receipt}, ${when}.`,
    percent: (rate) => `${rate} Rabatt`,
    amount: (money) => `${money} Rabatt`,
    minimum: (money) => `ab ${money} Einkauf`,
    terms: "Abziehen, was die Aktion verspricht.",
    ready: "Bereit",
    readyText: "Gutschein scannen, Code einfügen oder die 16 Zeichen eintippen.",
    checking: "Wird geprüft …",
    code: "Code des Gutscheins",
    codeHint: "Ein Handscanner tippt hier von selbst.",
    check: "Prüfen",
    camera: "Kamera benutzen",
    cameraOff: "Kamera aus",
    cameraFailed: "Die Kamera geht hier nicht. Bitte die 16 Zeichen eintippen.",
    worth: (currency) => `Was er abzieht, ${currency} (falls bekannt)`,
    receipt: (name) => `Bon ${name}`,
    next: "Nächster Kunde",
    undo: "Zurücknehmen: Kauf storniert",
    undone: "Zurückgegeben. Der Gutschein gilt wieder.",
    waiting: (count) => (count === 1 ? "1 Gutschein ist noch zu melden" : `${count} Gutscheine sind noch zu melden`),
    nothingWaiting: "Alles ist gemeldet.",
    report: "Jetzt melden",
    doubles: "Ohne Netz angenommen, aber nicht gültig",
    double: (code, receipt, why) => `${code}, Bon ${receipt}: ${why}`,
    noted: "Notiert",
    online: "Verbunden",
    offline: "Kein Netz",
    setUp: "Diese Kasse einrichten",
    setUpText: "Öffnen Sie den Link, den Ihr Laden für diese Kasse gemacht hat, oder fügen Sie ihn hier ein. Er bleibt auf diesem Gerät.",
    setUpField: "Link dieser Kasse",
    setUpButton: "Einrichten",
    setUpWrong: "Das ist kein Link einer Kasse.",
    notReady: "Diese Kasse braucht einmal Netz, bevor sie Gutscheine prüfen kann.",
    notFitting: "Der Laden antwortet, aber dieser Link passt nicht zu ihm: Schlüssel, Filiale oder Wurzeln sind andere. Bitte einen neuen Link verlangen.",
    forgets: "Dieser Browser bewahrt nichts auf, da Cookies und Website-Daten blockiert sind. Die Kasse arbeitet, bis diese Seite geschlossen wird, und nur mit Netz.",
    broken: "Die Kasse kann nicht aufschreiben, was eingelöst ist, und nimmt darum nichts an.",
    forget: "Neu einrichten",
  },
};
