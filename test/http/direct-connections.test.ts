import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import test from "node:test";
import { createTransport } from "../../src/http/transport.js";
import { createGate } from "../support/gate.js";
import { listening, startRaw } from "../support/raw-server.js";
import { get, numbers, open, sized, textOf } from "./downloads.js";

test("one connection serves requests that follow each other, each its own where they run at once", async (t) => {
  const send = open(t);
  const url = await startRaw(t, listening(numbers));
  for (let n = 0; n < 3; n++) assert.equal(await textOf(await send(get(url))), "0");
  const responses = await Promise.all([1, 2, 3].map(() => send(get(url))));
  assert.deepEqual((await Promise.all(responses.map(textOf))).sort(), ["0", "1", "2"]);
  // A guarded request gets none that was made without the guard.
  assert.equal(await textOf(await send(get(url, { guard: { loopback: true } }))), "3");
  assert.equal(await textOf(await send(get(url, { guard: { loopback: true } }))), "3");
});

test("a short answer that is discarded keeps its connection, a long one costs it", async (t) => {
  const send = open(t);
  const url = await startRaw(
    t,
    listening(({ connection, path, socket }) => {
      if (path === "/number") return void socket.write(sized(`${connection}`));
      if (path === "/short") socket.write(sized("x".repeat(1000)));
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc`);
    }),
  );
  const numberOf = async () => textOf(await send(get(`${url}number`)));
  (await send(get(`${url}short`))).discard();
  assert.equal(await numberOf(), "0");
  const long = await send(get(`${url}long`));
  long.discard();
  long.discard();
  assert.equal(await numberOf(), "1");
  const broken = await send(get(`${url}long`));
  for await (const piece of broken.body) {
    assert.equal(Buffer.from(piece).toString(), "abc");
    break;
  }
  assert.equal(await numberOf(), "2");
});

test("a response that was read to its end does nothing to the next one on its connection", async (t) => {
  const send = open(t);
  const url = await startRaw(t, listening(numbers));
  const first = await send(get(url));
  assert.equal(await textOf(first), "0");
  const second = await send(get(url));
  first.discard();
  assert.equal(await textOf(second), "0");
});

test("bytes behind an answer's end cost the connection and are nobody's", async (t) => {
  const send = open(t);
  const url = await startRaw(
    t,
    listening(({ connection, socket }) => {
      const extra = connection === 0 ? sized("smuggled") : "";
      socket.write(sized(`${connection}`) + extra);
    }),
  );
  assert.equal(await textOf(await send(get(url))), "0");
  assert.equal(await textOf(await send(get(url))), "1");
});

test("bytes that come on a connection nobody uses cost it", async (t) => {
  const send = open(t);
  const closed = createGate();
  let first: Socket | undefined;
  const url = await startRaw(
    t,
    listening((request) => {
      first ??= request.socket.once("close", () => closed.open());
      numbers(request);
    }),
  );
  assert.equal(await textOf(await send(get(url))), "0");
  first!.write(sized("smuggled"));
  await closed.opened;
  assert.equal(await textOf(await send(get(url))), "1");
});

test("a kept connection that its server ends is replaced, also where the request was on its way", async (t) => {
  for (const end of ["end", "resetAndDestroy"] as const) {
    const asked: number[] = [];
    const url = await startRaw(
      t,
      listening((request) => {
        asked.push(request.connection);
        // The second request on the first connection is not answered any more.
        if (request.connection === 0 && asked.length > 1) request.socket[end]();
        else numbers(request);
      }),
    );
    const send = open(t);
    assert.equal(await textOf(await send(get(url))), "0");
    assert.equal(await textOf(await send(get(url))), "1");
    assert.deepEqual(asked, [0, 0, 1]);
  }
});

test("a server that ends every connection is asked once more and no further", async (t) => {
  let asked = 0;
  const url = await startRaw(
    t,
    listening((request) => {
      if (asked++ === 0) numbers(request);
      else request.socket.end();
    }),
  );
  const send = open(t);
  assert.equal(await textOf(await send(get(url))), "0");
  await assert.rejects(send(get(url)), {
    name: "TransportFailure",
    code: "ECONNRESET",
    message: "socket hang up",
  });
  assert.equal(asked, 3);
});

test("an answer that broke off is not asked for again by itself", async (t) => {
  for (const part of ["H", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]) {
    let asked = 0;
    const url = await startRaw(
      t,
      listening((request) => {
        if (asked++ === 0) numbers(request);
        else request.socket.end(part);
      }),
    );
    const send = open(t);
    assert.equal(await textOf(await send(get(url))), "0");
    await assert.rejects(send(get(url)).then(textOf), {
      name: "TransportFailure",
      code: "ECONNRESET",
      message: part === "H" ? "socket hang up" : "aborted",
    });
    assert.equal(asked, 2);
  }
});

test("closing the transport ends downloads that are under way and connections that are kept", async (t) => {
  const transport = createTransport();
  let open = 0;
  const emptied = createGate();
  const url = await startRaw(
    t,
    listening(({ path, socket }) => {
      open++;
      socket.once("close", () => --open === 0 && emptied.open());
      socket.write(path === "/" ? sized("done") : "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    }),
  );
  const [half, done] = await Promise.all([transport.send(get(`${url}half`)), transport.send(get(url))]);
  assert.equal(await textOf(done), "done");
  const reading = textOf(half);
  transport.close();
  await assert.rejects(reading, { code: "ECONNRESET" });
  await emptied.opened;
});

test("a connection that is kept does not keep the process alive", async (t) => {
  const url = await startRaw(t, listening(numbers));
  const program = `
    import { createTransport } from ${JSON.stringify(new URL("../../src/http/transport.js", import.meta.url).href)};
    const { send } = createTransport();
    for (let n = 0; n < 2; n++)
      for await (const piece of (await send({ method: "GET", url: new URL("${url}"), lane: "download" })).body)
        process.stdout.write(piece);
    process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(said, "00[]");
});
