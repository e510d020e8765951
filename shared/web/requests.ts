/** HTTP to the box: fetching, and delivering one request. What to do when it fails is decided by the callers. */
import type { Credential } from './credential';
import type { Answer, Command, Problem } from './generated/wire';
import type { Delivery } from './outbox';

/** Longer than any commit takes; after it the answer counts as lost. */
const ANSWER_WITHIN_MS = 8_000;
/** A picture takes its time over a busy network, and some more to be made small. */
const FILE_WITHIN_MS = 60_000;

/** The box has answered with a problem. */
export class ProblemAnswer extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemAnswer';
  }
}

/** What the box says when it does not know this device (any more); `null` for any other failure. */
export function rejectionOf(error: unknown): string | null {
  return error instanceof ProblemAnswer && error.problem.status === 401 ? error.problem.detail : null;
}

export class BoxHttp {
  constructor(
    private readonly credential: Credential,
    private readonly language: () => string,
  ) {}

  /** `GET /api/v1/{what}`. Rejects with `ProblemAnswer`, or with whatever the network failed of. */
  async get<T>(what: string): Promise<T> {
    const response = await this.call('GET', what);
    return (await granted(response, what).then((answer) => answer.json())) as T;
  }

  /** Says something that is not a command and has no answer but yes. Tried once; rejects as `get` does. */
  async tell(method: 'POST' | 'DELETE', what: string, body?: unknown): Promise<void> {
    await granted(await this.call(method, what, body === undefined ? undefined : JSON.stringify(body)), what);
  }

  /** Says something that is not a command and has an answer. Tried once; rejects as `get` does. */
  async ask<T>(method: 'POST' | 'PUT', what: string, body: unknown): Promise<T> {
    const response = await this.call(method, what, JSON.stringify(body));
    return (await granted(response, what).then((answer) => answer.json())) as T;
  }

  /** `GET /api/v1/{what}` as a file; with a body, what the box makes of that. Rejects as `get` does. */
  async download(what: string, body?: unknown): Promise<Blob> {
    const [method, text] = body === undefined ? (['GET'] as const) : (['POST', JSON.stringify(body)] as const);
    const response = await this.call(method, what, text, FILE_WITHIN_MS);
    return granted(response, what).then((answer) => answer.blob());
  }

  /** Sends a file: a picture, a menu to look at. Rejects as `get` does. */
  async upload<T>(method: 'PUT' | 'POST', what: string, file: Blob): Promise<T> {
    const response = await this.call(method, what, file, FILE_WITHIN_MS);
    return (await granted(response, what).then((answer) => answer.json())) as T;
  }

  /**
   * One try of one request, asked in the session of that `place`. Only the box's own word ends it; anything else is
   * silence.
   */
  async deliver(id: string, command: Command, place?: number): Promise<Delivery> {
    const asked = place === undefined ? undefined : { 'Chuancai-Place': String(place) };
    try {
      const response = await this.call('PUT', `requests/${id}`, JSON.stringify(command), ANSWER_WITHIN_MS, asked);
      if (response.ok) return { kind: 'answer', answer: (await response.json()) as Answer };
      const problem = response.status < 500 ? await readProblem(response) : null;
      return problem ? { kind: 'problem', problem } : { kind: 'silence' };
    } catch {
      return { kind: 'silence' };
    }
  }

  private call(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    what: string,
    body?: string | Blob,
    withinMs = ANSWER_WITHIN_MS,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const headers: Record<string, string> = {
      ...more,
      Authorization: `Bearer ${this.credential.device}.${this.credential.secret}`,
      'Accept-Language': this.language(),
    };
    if (typeof body === 'string') headers['Content-Type'] = 'application/json';
    const signal = AbortSignal.timeout(withinMs);
    return fetch(`/api/v1/${what}`, {
      method,
      headers,
      body,
      signal,
      cache: 'no-store',
    });
  }
}

async function granted(response: Response, what: string): Promise<Response> {
  if (response.ok) return response;
  const problem = await readProblem(response);
  throw problem ? new ProblemAnswer(problem) : new Error(`the box answered ${response.status} to ${what}`);
}

async function readProblem(response: Response): Promise<Problem | null> {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return null;
  return (await response.json()) as Problem;
}
