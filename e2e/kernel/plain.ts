import { stripVTControlCharacters } from 'node:util';

/** Text without ages, alignment and colours. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\b(\d+m)?\d+s\b/g, 'AGE')
    .replace(/ +/g, ' ')
    .replace(/ $/gm, '')
    .trim();
}
