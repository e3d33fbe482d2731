import { Notification } from 'electron'
import type { InventoryMessage, Task } from '../../shared/model/index.ts'
import { noticeFor } from './notices.ts'
import { TaskWatch } from './task-watch.ts'
import type { Words } from './words.ts'

export interface AnnouncerOptions {
  readonly words: () => Words
  /** Whether the person wants to be told, and is not looking anyway. */
  readonly mayNotify: () => boolean
  readonly onRunning: (running: readonly Task[]) => void
  readonly onClick: (path: string) => void
}

/** Kept until they are clicked or closed: a notification that nobody holds is collected, and its click leads nowhere. */
const shown = new Set<Notification>()

/** Follows the tasks for as long as the engine runs: how many, for the tray and for quitting, and what ended unseen. */
export async function announceTasks(inventory: AsyncIterable<InventoryMessage>, options: AnnouncerOptions): Promise<void> {
  const watch = new TaskWatch()
  for await (const message of inventory) {
    const news = watch.take(message)
    if (!news) continue
    options.onRunning(news.running)
    if (news.ended.length === 0 || !options.mayNotify() || !Notification.isSupported()) continue
    for (const task of news.ended) announce(task, options)
  }
}

function announce(task: Task, options: AnnouncerOptions): void {
  const notice = noticeFor(task, options.words())
  if (!notice) return
  const notification = new Notification({ title: notice.title, body: notice.body })
  shown.add(notification)
  notification.on('click', () => {
    shown.delete(notification)
    options.onClick(notice.path)
  })
  notification.on('close', () => shown.delete(notification))
  notification.on('failed', () => shown.delete(notification))
  notification.show()
}
