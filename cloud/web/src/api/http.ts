/** HTTP to the cloud. The session is a cookie that scripts cannot see. */
import type { Problem } from '@shared/generated/wire';

/** Longer than any page's query takes; after it the answer counts as lost. */
const ANSWER_WITHIN_MS = 8_000;

/** The cloud has answered with a problem. */
export class ProblemAnswer extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemAnswer';
  }
}

/** There is no session, or it has ended. */
export class SignedOut extends Error {}

export type Query = Record<string, string | number | undefined>;

/** `GET /api/v1/{what}`. Rejects with `SignedOut`, `ProblemAnswer`, or with whatever the network failed of. */
export async function get<T>(what: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await call('GET', `${what}${encode(query)}`, undefined, signal);
  if (response.status === 401) throw new SignedOut();
  await refuseUnlessOk(response);
  return (await response.json()) as T;
}

/** `POST /api/v1/{what}`, answered without a body. Rejects like `get`, but for 401, which is a problem here. */
export async function post(what: string, body?: object): Promise<void> {
  await refuseUnlessOk(await call('POST', what, body));
}

/** A change, whose answer is read; one without a body is null. Rejects like `get`. */
export async function change<T = void>(method: 'POST' | 'PUT' | 'DELETE', what: string, body?: object): Promise<T> {
  const response = await call(method, what, body);
  if (response.status === 401) throw new SignedOut();
  await refuseUnlessOk(response);
  return (response.status === 204 ? null : await response.json()) as T;
}

function encode(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  what: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Response> {
  const within = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return fetch(`/api/v1/${what}`, {
    method,
    headers: {
      'Accept-Language': document.documentElement.lang,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
    signal: signal ? AbortSignal.any([signal, within]) : within,
    // An unchanged answer costs the cloud a 304.
    cache: 'no-cache',
  });
}

async function refuseUnlessOk(response: Response): Promise<void> {
  if (response.ok) return;
  if (response.headers.get('Content-Type')?.startsWith('application/problem+json')) {
    throw new ProblemAnswer((await response.json()) as Problem);
  }
  throw new Error(`the cloud answered ${response.status}`);
}
