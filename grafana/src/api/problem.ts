/** What went wrong, for the person in front of the page: what it is and what to do. */
export interface Problem {
  title: string;
  message: string;
  /** What to do about it. */
  advice: string;
  code: number;
}

const ADVICE: Record<number, string> = {
  400: 'Change what the message names.',
  401: 'Sign in to Grafana again.',
  403: 'Ask an admin of this organization for the role that it needs.',
  404: 'Check the address, or choose another window.',
  409: 'Reload the page: somebody else was faster.',
  412: 'Reload the page: somebody else changed it meanwhile.',
  422: 'Tell Kulprit where such data are: Configuration lists what it found.',
  429: 'Wait a moment, then try again.',
  502: 'The plugin’s backend does not answer: Configuration, then Test, says why.',
  503: 'ClickHouse is away: Configuration, then Test, says why.',
  504: 'Choose a shorter window or fewer services.',
};

const TITLES: Record<number, string> = {
  0: 'Grafana cannot be reached',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  422: 'Nothing to answer that from',
  429: 'Too many questions at once',
  502: 'The backend is away',
  503: 'ClickHouse is away',
  504: 'It took too long',
};

interface Failed {
  status?: number;
  statusText?: string;
  message?: string;
  data?: { message?: unknown; error?: unknown; code?: unknown };
}

/** Reads what Grafana's fetch throws, whoever made the error: Kulprit, Grafana or the network. */
export function problemOf(thrown: unknown): Problem {
  const failed = (typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }) as Failed;
  const code = failed.status ?? 0;
  const said = failed.data?.message ?? failed.data?.error ?? failed.message ?? failed.statusText;
  return {
    title: TITLES[code] ?? (code >= 500 ? 'The backend failed' : 'That cannot be answered'),
    message: typeof said === 'string' && said !== '' ? said : `status ${code}`,
    advice: ADVICE[code] ?? (code >= 500 ? 'Grafana’s log says more; Configuration, then Test, checks what is in place.' : 'Try again.'),
    code,
  };
}
