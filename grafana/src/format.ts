import { dateTimeFormat, formattedValueToString, getValueFormat } from '@grafana/data';

// Numbers with their units, in one way everywhere. What is not known is a dash, never a zero.

export const UNKNOWN = '–';

const three = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

type Value = number | null | undefined;
const isKnown = (value: Value): value is number => typeof value === 'number' && Number.isFinite(value);

export function count(value: Value): string {
  return isKnown(value) ? whole.format(value) : UNKNOWN;
}

export function decimal(value: Value): string {
  return isKnown(value) ? (Math.abs(value) >= 1000 ? whole.format(value) : three.format(value)) : UNKNOWN;
}

export function perSecond(value: Value): string {
  return isKnown(value) ? `${decimal(value)}/s` : UNKNOWN;
}

export function perMinute(value: Value): string {
  return isKnown(value) ? `${decimal(value)}/min` : UNKNOWN;
}

/** A share of 1 as per cent. */
export function percent(share: Value): string {
  if (!isKnown(share)) {
    return UNKNOWN;
  }
  const per = share * 100;
  if (per !== 0 && Math.abs(per) < 0.01) {
    return per > 0 ? '< 0.01 %' : '> −0.01 %';
  }
  return `${(Math.abs(per) >= 100 ? whole : Math.abs(per) >= 10 ? tenths : hundredths).format(per)} %`.replace('-', '−');
}

export function milliseconds(value: Value): string {
  return isKnown(value) ? formattedValueToString(getValueFormat('ms')(value, value >= 1000 ? 2 : value >= 100 ? 0 : value >= 10 ? 1 : 2)) : UNKNOWN;
}

export function seconds(value: Value): string {
  return isKnown(value) ? formattedValueToString(getValueFormat('s')(value, 1)) : UNKNOWN;
}

export function times(value: Value): string {
  return isKnown(value) ? `${decimal(value)}×` : UNKNOWN;
}

/** How a rate changed, for people: new and gone have no number. */
export function changeOf(before: Value, now: Value): string {
  if (!isKnown(before) || !isKnown(now) || (before === 0 && now === 0)) {
    return '';
  }
  if (before === 0) {
    return 'new';
  }
  if (now === 0) {
    return 'gone';
  }
  const factor = now / before;
  if (factor >= 3) {
    return `${decimal(factor)}×`;
  }
  const per = Math.round((factor - 1) * 100);
  return per === 0 ? '±0 %' : `${per > 0 ? '+' : '−'}${Math.abs(per)} %`;
}

export function clock(time: string | number): string {
  return dateTimeFormat(typeof time === 'string' ? Date.parse(time) : time, { format: 'HH:mm:ss' });
}

export function minute(time: string | number): string {
  return dateTimeFormat(typeof time === 'string' ? Date.parse(time) : time, { format: 'HH:mm' });
}

export function moment(time: string | number | null | undefined): string {
  return time === null || time === undefined ? UNKNOWN : dateTimeFormat(typeof time === 'string' ? Date.parse(time) : time, { format: 'YYYY-MM-DD HH:mm:ss' });
}

export function span(from: string, to: string): string {
  return `${dateTimeFormat(Date.parse(from), { format: 'YYYY-MM-DD HH:mm' })} – ${minute(to)}`;
}
