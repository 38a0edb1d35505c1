// Dialogs: opened when they arrive, closed when they are answered, and asked to confirm.

const place = document.getElementById("dialogs");

function begin(dialog) {
  if (dialog.open) return;
  const twin = [...place.querySelectorAll("dialog[open]")].find((one) => one.id === dialog.id);
  if (twin) {
    dialog.remove();
    return;
  }
  dialog.showModal();
  const first = dialog.querySelector(
    ".dialog-form :is(input:not([type=hidden]), select, textarea), [autofocus]",
  );
  first?.focus();
  dialog.addEventListener("close", () => over(dialog));
  dialog.addEventListener("mousedown", (event) => {
    const typing = dialog.querySelector(".dialog-form");
    if (!typing && event.target === dialog && outside(dialog, event)) dialog.close();
  });
}

function outside(dialog, { clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

function over(dialog) {
  const url = dialog.dataset.dismissUrl;
  if (url && !dialog.dataset.answered) fetch(url, { method: "POST" }).catch(() => {});
  dialog.remove();
  if ("reload" in dialog.dataset) location.reload();
}

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof HTMLDialogElement) begin(node);
    }
  }
}).observe(place, { childList: true });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

document.body.addEventListener("tocsin:close-dialog", (event) => {
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  dialog.dataset.answered = "yes";
  dialog.close();
});

document.body.addEventListener("tocsin:form-over", (event) => {
  const dialog = document.getElementById(`form-${event.detail.form}`);
  if (!dialog) return;
  dialog.dataset.answered = "yes";
  dialog.close();
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  if (event.target.matches("form[data-closes]")) event.target.closest("dialog")?.close();
});

// A form that came by the stream opens where somebody looks, and only once.
document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (event.detail.type !== "form") return;
  const id = /id="(form-[^"]+)"/.exec(event.detail.data)?.[1];
  if (document.hidden || !document.hasFocus() || document.getElementById(id)) {
    event.preventDefault();
  }
});

// Mistakes arrive field by field; the first one is where to go on.
document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  const wrong = event.target.closest?.("dialog")?.querySelector(".field-error:not(:empty)");
  const field = wrong?.parentElement.querySelector("input:not([type=hidden]), select, textarea");
  field?.focus();
});

document.body.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question, event.detail.elt, () => event.detail.issueRequest(true));
});

// Forms that are sent without htmx may ask as well.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!question || event.target.dataset.confirmed) return;
  event.preventDefault();
  ask(question, event.submitter ?? event.target, () => {
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(event.submitter);
  });
});

function ask(question, source, go) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog confirm";
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-label", question);
  const text = document.createElement("p");
  text.className = "dialog-body";
  text.textContent = question;
  const foot = document.createElement("footer");
  foot.className = "dialog-foot";
  const label = source.textContent.trim() || source.value || "OK";
  const danger = source.matches(".danger, .danger *") ? "danger" : "primary";
  foot.append(
    button("Cancel", "", () => dialog.close()),
    button(label, danger, () => {
      dialog.close();
      go();
    }),
  );
  dialog.append(text, foot);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  foot.lastElementChild.focus();
}

function button(label, style, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${style}`;
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}
