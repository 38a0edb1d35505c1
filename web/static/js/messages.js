// The message lists: blocks of one author, days, where to scroll, what has been read.

const TOGETHER = 300;
const scroller = document.getElementById("scroller");
const list = document.getElementById("messages");

const dayName = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});

function dayOf(message) {
  const date = new Date(Number(message.dataset.at) * 1000);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function nameOf(day) {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  const days = Math.round((today - day) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = day.getFullYear() === today.getFullYear() ? "" : ` ${day.getFullYear()}`;
  return dayName.format(day) + year;
}

function separator(day) {
  const item = document.createElement("li");
  item.className = "day";
  item.dataset.day = day.getTime();
  const text = document.createElement("span");
  text.textContent = nameOf(day);
  item.append(text);
  return item;
}

function follows(before, message) {
  return (
    before !== null &&
    before.dataset.author === message.dataset.author &&
    before.dataset.kind === "said" &&
    message.dataset.kind === "said" &&
    !message.classList.contains("first-unread") &&
    Number(message.dataset.at) - Number(before.dataset.at) <= TOGETHER
  );
}

// Puts a list in order after anything was added: each message once, days between them.
function arrange(messages, days) {
  const seen = new Map();
  for (const message of [...messages.querySelectorAll(":scope > .msg")]) {
    seen.get(message.id)?.remove();
    seen.set(message.id, message);
  }
  let before = null;
  let day = 0;
  for (const message of seen.values()) {
    const its = dayOf(message);
    const begins = days && its.getTime() !== day;
    const mark = message.previousElementSibling;
    const marked = mark?.classList.contains("day");
    if (begins && mark?.dataset.day !== String(its.getTime())) {
      if (marked) mark.remove();
      message.before(separator(its));
    } else if (!begins && marked) {
      mark.remove();
    }
    message.classList.toggle("follows", !begins && follows(before, message));
    day = its.getTime();
    before = message;
  }
}

function nearEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 120;
}

function toEnd(element) {
  element.scrollTop = element.scrollHeight;
}

function watch(messages, element, { days, added }) {
  let end = true;
  element.addEventListener("scroll", () => {
    end = nearEnd(element);
    if (end) added?.(true);
  });
  const observer = new MutationObserver(() => {
    observer.disconnect();
    arrange(messages, days);
    observer.observe(messages, { childList: true });
    if (end) toEnd(element);
    added?.(end);
  });
  arrange(messages, days);
  observer.observe(messages, { childList: true });
  // Pictures, fonts and edits change heights: who was at the end stays there.
  new ResizeObserver(() => end && toEnd(element)).observe(messages);
  new ResizeObserver(() => end && toEnd(element)).observe(element);
}

function lastId() {
  const all = list.querySelectorAll(":scope > .msg");
  return all.length ? Number(all[all.length - 1].id.slice(2)) : 0;
}

const live = document.getElementById("live");
let read = 0;
let reading = 0;

// The newest message may be a reply in a thread, which stands in no list of the page.
function newestId() {
  return Math.max(lastId(), Number(live.dataset.newest));
}

function markRead() {
  const newest = newestId();
  if (newest <= read || document.hidden || !document.hasFocus()) return;
  clearTimeout(reading);
  reading = setTimeout(() => {
    read = newest;
    const body = new URLSearchParams({ message: newest });
    fetch(`/channels/${live.dataset.channel}/seen`, { method: "POST", body }).catch(() => {
      read = 0; // told again with the next message
    });
    const link = document.querySelector(`[data-channel-link="${live.dataset.channel}"]`);
    link?.classList.remove("unread");
    link?.querySelector(".count")?.setAttribute("hidden", "");
  }, 300);
}

function begin() {
  const button = document.getElementById("to-newest");
  let known = lastId();
  watch(list, scroller, {
    days: true,
    added(end) {
      if (end) markRead();
      if (lastId() > known && !end) button.hidden = false;
      if (end) button.hidden = true;
      known = lastId();
    },
  });
  button.addEventListener("click", () => {
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: "smooth" });
  });
  const wanted = list.querySelector(".wanted") ?? list.querySelector(".first-unread");
  if (wanted) wanted.scrollIntoView({ block: "center" });
  else toEnd(scroller);
  markRead();
  window.addEventListener("focus", () => nearEnd(scroller) && markRead());
  document.body.addEventListener("tocsin:news", () => nearEnd(scroller) && markRead());
  document.body.addEventListener("tocsin:sent", () => toEnd(scroller));
}

// Earlier messages arrive in a template and are put above without moving what is read.
function putEarlier() {
  const template = scroller.querySelector("template[data-earlier]");
  if (!template) return;
  const height = scroller.scrollHeight;
  const top = scroller.scrollTop;
  const items = template.content.querySelectorAll(".msg");
  list.prepend(...items);
  template.remove();
  for (const item of items) htmx.process(item);
  arrange(list, true);
  scroller.scrollTop = top + scroller.scrollHeight - height;
}

function watchThread() {
  const pane = document.querySelector("#thread .thread-scroller");
  const replies = pane?.querySelector(".messages");
  if (!replies || replies.dataset.watched) return;
  replies.dataset.watched = "yes";
  watch(replies, pane, { days: false });
  toEnd(pane);
}

if (list) {
  begin();
  watchThread();
  document.body.addEventListener("htmx:afterSettle", () => {
    putEarlier();
    watchThread();
  });
}
