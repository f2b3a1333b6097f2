// The share page's script: the slider over two pictures, and the maker's delete button.
// It runs in the head and marks the page first, so that nothing jumps; without it both pictures
// stand below each other.

document.documentElement.classList.add("js");

document.addEventListener("DOMContentLoaded", () => {
  for (const frame of document.querySelectorAll(".compare")) compare(frame);
  for (const section of document.querySelectorAll("[data-delete]")) deletion(section);
  for (const link of document.querySelectorAll("[data-maker]")) makersLink(link);
});

const OWN = "iph-shares"; // what this browser shared (src/result/own_shares.ts)

function ownShares() {
  try {
    return JSON.parse(localStorage.getItem(OWN)) ?? [];
  } catch {
    return [];
  }
}

/** In its maker's browser: to where it is deleted. */
function makersLink(link) {
  const share = ownShares().find(({ id }) => id === link.dataset.maker);
  if (!share) return;
  link.href += `#${share.token}`;
  link.hidden = false;
}

function forget(deleted) {
  const left = ownShares().filter(({ id }) => id !== deleted);
  try {
    localStorage.setItem(OWN, JSON.stringify(left));
  } catch {
    return;
  }
}

/** Keys and screen readers move the range input; mouse and fingers move the line in the frame. */
function compare(frame) {
  const slider = frame.querySelector("input");
  frame.style.setProperty("--ratio", String(frame.dataset.width / frame.dataset.height));

  let start;

  const show = () => {
    frame.style.setProperty("--line", `${slider.value}%`);
    const text = slider.dataset.valueText.replace("{percent}", String(Math.round(slider.value)));
    slider.setAttribute("aria-valuetext", text);
  };
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    slider.value = String((100 * (event.clientX - box.left)) / box.width);
    show();
  };

  slider.hidden = false;
  slider.addEventListener("input", show);
  frame.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    slider.focus({ preventScroll: true, focusVisible: false });
    start = event;
    if (event.pointerType !== "touch") follow(event);
  });
  // A finger that goes up or down scrolls the page: it must not take the line along.
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId) && isSideways(start, event)) follow(event);
  });
  frame.addEventListener("pointerup", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event);
  });
  show();
}

const isSideways = (start, event) =>
  event.pointerType !== "touch" ||
  Math.abs(event.clientX - start.clientX) > Math.abs(event.clientY - start.clientY);

/** The token is in the address behind "#", which browsers do not send. */
function deletion(section) {
  const ask = section.querySelector(".ask");
  const button = section.querySelector("button");
  const done = section.querySelector(".done");
  const failed = section.querySelector(".failed");

  button.addEventListener("click", async () => {
    button.disabled = true;
    failed.hidden = true;
    const problem = await remove(section.dataset.delete, location.hash.slice(1)).catch(
      () => failed.dataset.offline,
    );
    if (problem) {
      failed.textContent = problem;
      failed.hidden = button.disabled = false;
      return;
    }
    forget(section.dataset.delete.split("/").pop());
    for (const asked of [...section.querySelectorAll("h1, img"), ask]) asked.remove();
    done.hidden = section.querySelector(".next").hidden = false;
    done.focus();
  });
}

/** The server's sentence when it refuses, nothing when the share is gone. */
async function remove(address, token) {
  const answer = await fetch(address, {
    method: "DELETE",
    headers: { "X-IPH": "1", "X-Share-Token": token },
  });
  if (answer.ok) return "";
  const { error } = await answer.json();
  return error;
}
