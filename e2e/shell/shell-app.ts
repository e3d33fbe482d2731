import type { Page } from '@playwright/test'
import type * as Electron from 'electron'
import type { Peer } from '../../scripts/peers.mjs'

/** The module `electron`, as code in the main process sees it. */
export type ElectronModule = typeof Electron

export interface LaunchOptions {
  readonly dataDirectory: string
  readonly args?: readonly string[]
  /** The system's language, such as `de-DE`. */
  readonly locale?: string
}

/** A running desktop: the built main process and preload script, on Electron or on its stand-in. */
export interface ShellApp {
  /** Runs a function in the main process. It is sent as text: what it needs goes through `arg`. */
  evaluate<A, R>(run: (electron: ElectronModule, arg: A) => R | Promise<R>, arg: A): Promise<R>
  /** Pages of windows that show the console. */
  readonly pages: () => readonly Page[]
  /** The view a page shows: path and query, without the origin. */
  readonly pathOf: (page: Page) => string
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>
  /** Begins to quit, as the menu would. Await `exited` for the end. */
  quit(): Promise<void>
  /** Ends it whatever it does. */
  kill(): Promise<void>
}

export interface ShellDriver {
  /** Stands in the title of every test it runs. */
  readonly label: 'stand-in' | 'Electron'
  /** What it runs on. */
  readonly needs: Peer
  launch(options: LaunchOptions): Promise<ShellApp>
  /** A second program on the same data folder; the answer is its exit code. */
  launchAgain(options: LaunchOptions): Promise<number | null>
}
