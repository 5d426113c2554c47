/* heap.h - what SQLite has allocated, by the thread that asked.
 *
 * SQLite counts its memory under one lock for the whole process, and threads that run statements
 * side by side stand in line for it. heap_count_by_thread() replaces that count with one for each
 * thread, without a lock (SQLite documentation, "Dynamic Memory Allocation In SQLite":
 * SQLITE_CONFIG_MALLOC and SQLITE_CONFIG_MEMSTATUS).
 */
#ifndef GRAPHAUDIT_MODEL_HEAP_H
#define GRAPHAUDIT_MODEL_HEAP_H

#include <stdint.h>

/* Before SQLite is used in this process; later calls do nothing. When it was used already, SQLite
 * goes on counting for all threads together. Any thread may call it. */
void heap_count_by_thread(void);

/* Bytes that SQLite holds by this thread, or by the process when heap_count_by_thread() came too
 * late. Memory that another thread frees leaves that one's count, which may go below zero: only
 * differences within one thread mean something. */
int64_t heap_used(void);

#endif
