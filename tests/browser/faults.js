(width) => {
  const found = [], shown = (it) => it.getClientRects().length > 0 && getComputedStyle(it).visibility === "visible";
  if (document.documentElement.scrollWidth > width) found.push("wider than the window: " + document.documentElement.scrollWidth);
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  if (!document.documentElement.lang || !document.title) found.push("no language or title");
  for (const it of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (shown(it) && !it.labels?.length && !it.getAttribute("aria-label")) found.push("a field without a name: " + it.outerHTML);
  for (const it of document.querySelectorAll("a[href], button"))
    if (shown(it) && !(it.textContent.trim() || it.getAttribute("aria-label"))) found.push("nothing to press: " + it.outerHTML);
  for (const it of document.querySelectorAll("img, svg:not([aria-hidden])"))
    if (!(it.hasAttribute("alt") || it.getAttribute("aria-label"))) found.push("a picture without words: " + it.outerHTML.slice(0, 80));
  const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice: " + ids);
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (it) => {
    for (; it; it = it.parentElement) { const c = parts(getComputedStyle(it).backgroundColor); if (c.length === 3 || c[3] > 0) return c; }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = new Set();
  while (walk.nextNode()) {
    const it = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !shown(it) || it.closest("svg, option, .skip")) continue;
    const [a, b] = [light(parts(getComputedStyle(it).color)), light(ground(it))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.add(it.tagName + "." + it.className + " " + ((a + 0.05) / (b + 0.05)).toFixed(1));
  }
  return found.concat([...low].map((it) => "too little contrast: " + it));
}
