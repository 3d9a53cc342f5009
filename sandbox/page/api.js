// The HTTP interface of the sandbox, as a person uses it.

/** What went wrong, in words that can be shown. */
export class ApiError extends Error {}

async function respond(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError("The sandbox gave an answer that is not JSON.");
  }
  if (!response.ok) throw new ApiError(body?.error || body?.description || text || `HTTP ${response.status}`);
  return { body, seq: Number(response.headers.get("X-Seq") ?? Infinity) };
}

const request = async (path, options) => (await respond(path, options)).body;

function post(path, body = {}) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const of = (uid, cid) => `/api/people/${uid}/chats/${cid}`;

export const getState = () => request("/api/state");
/** Both answer {body, seq}: `seq` is the number of the newest event that the answer already knows of. */
export const getChats = (uid) => respond(`/api/people/${uid}/chats`);
export const getMessages = (uid, cid) => respond(`${of(uid, cid)}/messages`);
/** Reading the messages from `id` on tells the sandbox that the person has seen them. */
export const markRead = (uid, cid, id) => request(`${of(uid, cid)}/messages?after=${id - 1}`);
export const openEvents = (uid) => new EventSource(`/api/people/${uid}/events`);

export const addPerson = (person) => post("/api/people", person);
export const setBlocked = (uid, blocked) => post(`/api/people/${uid}/${blocked ? "block" : "unblock"}`);
export const advanceClock = (step) => post("/api/clock/advance", step);
export const getFaults = () => request("/api/faults");
export const setFaults = (faults) => post("/api/faults", faults);

export const sendText = (uid, cid, body) => post(`${of(uid, cid)}/text`, body);
export const startBot = (uid, cid, payload) => post(`${of(uid, cid)}/start`, payload ? { payload } : {});
export const sendContact = (uid, cid, body) => post(`${of(uid, cid)}/contact`, body);
export const sendLocation = (uid, cid, body) => post(`${of(uid, cid)}/location`, body);
export const sendSticker = (uid, cid, body) => post(`${of(uid, cid)}/sticker`, body);
export const sendVoice = (uid, cid, body) => post(`${of(uid, cid)}/voice`, body);
export const editText = (uid, cid, id, text) => post(`${of(uid, cid)}/edit`, { message_id: id, text });
export const deleteMessage = (uid, cid, id) => post(`${of(uid, cid)}/delete`, { message_id: id });
export const press = (uid, cid, id, data) => post(`${of(uid, cid)}/press`, { message_id: id, data });
export const pay = (uid, cid, id, outcome) => post(`${of(uid, cid)}/pay`, { message_id: id, outcome });
export const payLink = (uid, cid, link) => post(`${of(uid, cid)}/pay`, { link, outcome: "paid" });

/** Send files as one message, or as an album when there are several. `kind` is photo, document, video or voice. */
export function sendFiles(uid, cid, files, kind, fields) {
  const form = new FormData();
  form.append("as", kind);
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined && value !== "") form.append(name, value);
  }
  for (const file of files) form.append("file", file, file.name);
  return request(`${of(uid, cid)}/files`, { method: "POST", body: form });
}
