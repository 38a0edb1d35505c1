// Moments in the reader's own zone, and durations that stay right by themselves.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const near = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const far = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// The two largest units, as the server writes them.
export function lasted(milliseconds) {
  let rest = Math.max(Math.floor(milliseconds / 1000), 0);
  const parts = [];
  for (const [size, unit] of [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]]) {
    parts.push([Math.floor(rest / size), unit]);
    rest %= size;
  }
  while (parts.length > 1 && parts[0][0] === 0) parts.shift();
  const shown = parts.slice(0, 2).filter(([count, unit]) => count || unit === "s");
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 s";
}

function words(at, style, now) {
  switch (style) {
    case "elapsed":
      return lasted(now - at);
    case "until":
      return at > now ? `in ${lasted(at - now)}` : `${lasted(now - at)} ago`;
    case "clock":
      return clock.format(at);
    case "day":
      return day.format(at);
    default:
      if (new Date(now).toDateString() === at.toDateString()) return clock.format(at);
      return now - at < 300 * 86_400_000 ? near.format(at) : far.format(at);
  }
}

function show(element, now) {
  const at = new Date(element.dateTime);
  const text = words(at, element.dataset.moment, now);
  if (element.textContent !== text) element.textContent = text;
}

function showAll(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    element.title = full.format(new Date(element.dateTime));
    show(element, Date.now());
  }
}

showAll(document);

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof Element) showAll(node.parentElement ?? node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  for (const element of document.querySelectorAll(
    "time[data-moment=elapsed], time[data-moment=until]",
  )) {
    show(element, now);
  }
}, 1000);
