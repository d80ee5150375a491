import type { ITheme } from '@xterm/xterm';

/** Sixteen colours that stay readable on their background. */
export const palette: ITheme = {
  background: '#14181f',
  foreground: '#e6e9ef',
  cursor: '#e6e9ef',
  selectionBackground: '#3c4a63',
  black: '#5c6370',
  red: '#ff7b86',
  green: '#8fd694',
  yellow: '#e8c872',
  blue: '#7fb4ff',
  magenta: '#d6a2ff',
  cyan: '#6fd6dd',
  white: '#e6e9ef',
  brightBlack: '#98a1b0',
  brightRed: '#ffa3ab',
  brightGreen: '#b4ebb8',
  brightYellow: '#f5dda0',
  brightBlue: '#aaceff',
  brightMagenta: '#e7c8ff',
  brightCyan: '#a5ecf0',
  brightWhite: '#ffffff',
};
