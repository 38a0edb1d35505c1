// The page's one stream of events, behind the face of an EventSource.
//
// htmx's extension makes a new EventSource when a stream breaks for good, and with it
// forgets the last event seen. This one stands between: it survives any break, asks for
// what came after the last event, and rests in tabs that nobody looks at.

const EVENTS = ["show", "form", "form-over", "notice", "channel", "reload", "pass"];
const REST_AFTER = 20_000;
const SLOWEST = 30_000;

class Stream extends EventTarget {
  #url;
  #last = "";
  #source = null;
  #wait = 500;
  #timer = 0;
  #rest = 0;
  #wake = null;
  readyState = EventSource.CONNECTING;
  onopen = null;
  onerror = null;

  constructor(url) {
    super();
    this.#url = url;
    this.#connect();
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.readyState = EventSource.CLOSED;
  }

  #connect() {
    clearTimeout(this.#timer);
    const url = new URL(this.#url, location.href);
    if (this.#last) url.searchParams.set("after", this.#last);
    const source = new EventSource(url);
    this.#source = source;
    source.onopen = (event) => {
      this.readyState = EventSource.OPEN;
      this.#wait = 500;
      document.body.dataset.live = "on";
      this.onopen?.(event);
    };
    source.onerror = () => {
      // Nobody else need know: htmx would only complain, or reconnect on its own.
      this.readyState = EventSource.CONNECTING;
      document.body.dataset.live = "off";
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
    for (const type of EVENTS) source.addEventListener(type, (event) => this.#pass(event));
  }

  #later() {
    this.#wait = Math.min(this.#wait * 2, SLOWEST);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random()));
  }

  #pass({ type, data, lastEventId }) {
    if (lastEventId) this.#last = lastEventId;
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId }));
  }

  #seen() {
    clearTimeout(this.#rest);
    if (document.hidden) {
      this.#rest = setTimeout(() => this.#background(), REST_AFTER);
      return;
    }
    this.#wake?.();
    this.#wake = null;
    if (this.#source === null && this.readyState !== EventSource.CLOSED) this.#connect();
  }

  // Browsers open six connections to one server: of the tabs nobody looks at, one listens
  // on, so that its title tells of news, and the others come back when they are looked at.
  #background() {
    const pause = () => {
      clearTimeout(this.#timer);
      this.#source?.close();
      this.#source = null;
    };
    if (!navigator.locks) {
      pause();
      return;
    }
    navigator.locks.request("tocsin-background", { ifAvailable: true }, (lock) => {
      if (!lock) {
        pause();
        return undefined;
      }
      return new Promise((done) => {
        this.#wake = done;
      });
    });
  }
}

htmx.createEventSource = (url) => {
  const stream = new Stream(url);
  const here = document.getElementById("live").dataset.channel;
  stream.addEventListener("notice", (event) => notice(JSON.parse(event.data)));
  stream.addEventListener("reload", () => location.reload());
  stream.addEventListener("channel", (event) => changed(event.data === here));
  stream.addEventListener("form-over", (event) => {
    htmx.trigger(document.body, "tocsin:form-over", { form: event.data });
  });
  return stream;
};

let changing = 0;
let panelToo = false;

function changed(here) {
  panelToo ||= here;
  clearTimeout(changing);
  changing = setTimeout(() => {
    htmx.trigger(document.body, "tocsin:channels");
    if (panelToo) htmx.trigger(document.body, "tocsin:panel");
    panelToo = false;
  }, 150);
}

const title = document.title;
let missed = 0;

function notice({ channel, message, here, mentioned, author }) {
  if (here) {
    const live = document.getElementById("live");
    live.dataset.newest = Math.max(Number(live.dataset.newest), message);
    htmx.trigger(document.body, "tocsin:news");
  }
  if (here && document.hasFocus()) {
    document.getElementById("heard").textContent = `New message from ${author}`;
    return;
  }
  missed += 1;
  document.title = `(${missed}) ${title}`;
  if (here) return;
  const link = document.querySelector(`[data-channel-link="${CSS.escape(channel)}"]`);
  const count = link?.querySelector(".count");
  if (!count) {
    changed(false);
    return;
  }
  count.dataset.count = Number(count.dataset.count) + 1;
  count.textContent = count.dataset.count;
  count.hidden = false;
  count.classList.toggle("mentioned", mentioned || count.classList.contains("mentioned"));
  link.classList.add("unread");
}

window.addEventListener("focus", () => {
  missed = 0;
  document.title = title;
});

// An event brings the pieces for every place that may show them; this page need not have
// each of these places open.
htmx.defineExtension("present", {
  transformResponse(text) {
    const template = document.createElement("template");
    template.innerHTML = text;
    for (const piece of template.content.querySelectorAll("[hx-swap-oob]")) {
      const [, selector] = /^[^:]+:(.+)$/.exec(piece.getAttribute("hx-swap-oob")) ?? [];
      if (selector && !document.querySelector(selector)) piece.remove();
    }
    return template.innerHTML;
  },
});
