import assert from "node:assert/strict";
import test from "node:test";
import { listTags } from "../../../src/index.js";
import { startFront } from "../../support/fault-registry.js";
import { ownOptions } from "../../support/own-options.js";

test("D80 tags come once each, in order, over all pages, without what is no tag", async (t) => {
  const total = 10_000;
  const all = Array.from({ length: total }, (_, at) => `v${at}`);
  const front = await startFront(t, undefined, ({ path }) => {
    const url = new URL(path, "http://registry.test");
    const from = Number(url.searchParams.get("from") ?? 0);
    const tags = [...all.slice(from, from + 1000), "v0", `sha256:${"0".repeat(64)}`, null, 7, "-x", "a b"];
    const next = `</v2/app/tags/list?n=1000&from=${from + 1000}>; rel="next"`;
    const headers = from + 1000 < total ? { link: next } : undefined;
    return {
      status: 200,
      ...(headers === undefined ? {} : { headers }),
      body: JSON.stringify({ name: "app", tags }),
    };
  });
  const found = await listTags(`${front.host}/app`, await ownOptions(t));
  assert.equal(front.seen.length, 10);
  assert.deepEqual(found, all.sort());
});

test("D80 null instead of tags is none; pages in a circle and a page on another host are refused", async (t) => {
  const options = await ownOptions(t);
  const elsewhere = await startFront(t, undefined, () => ({ status: 200, body: '{"tags":["2"]}' }));
  const none = await startFront(t, undefined, () => ({ status: 200, body: '{"name":"app","tags":null}' }));
  assert.deepEqual(await listTags(`${none.host}/app`, options), []);
  const without = /lists the tags of .* without end/;
  const refused = /on another host, .*, which is refused/;
  const itself = () => "/v2/app/tags/list?n=1000";
  const other = (from: string) => `/v2/app/tags/list?page=${from.includes("page=1") ? 2 : 1}`;
  for (const [next, requests, message] of [
    [itself, 1, without],
    [other, 3, without],
    [() => `http://${elsewhere.host}/v2/app/tags/list`, 1, refused],
    [() => `//${elsewhere.host}/v2/app/tags/list`, 1, refused],
    [(_: string, host: string) => `https://${host}/v2/app/tags/list`, 1, refused],
  ] as const) {
    const front = await startFront(t, undefined, ({ path, headers }) => ({
      status: 200,
      headers: { link: `<${next(path, String(headers["host"]))}>; rel="next"` },
      body: '{"tags":["1"]}',
    }));
    await assert.rejects(listTags(`${front.host}/app`, options), message);
    assert.equal(front.seen.length, requests);
  }
  assert.deepEqual(elsewhere.seen, []);
});
