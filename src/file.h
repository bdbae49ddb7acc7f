/* SPDX-License-Identifier: MIT */
/* Whole files in and out; a file that is replaced is never half written. */
#ifndef FLUXION_SRC_FILE_H
#define FLUXION_SRC_FILE_H

#include "context.h"

/* fx__file_read
 * All bytes of a file, a pipe, or standard input (path "-").
 *
 *   bytes, n   the content; NULL and 0 after an error
 *   held       the size of the block, for fx__free
 *   ->         false after FX_ERR_IO, FX_ERR_MEMORY, or FX_ERR_ARGUMENT without a path
 */
bool fx__file_read(fx_context *cx, const char *path, char **bytes, size_t *n, size_t *held);

/* fx__file_name
 * How messages call the file: the path, or "standard input" for "-". */
const char *fx__file_name(const char *path);

/* fx__file_write
 * Makes n bytes the content of a file. At every moment path names the old file or the whole new
 * one: the bytes go to path.tmp.PID in the same folder, which is synced and renamed. The mode of
 * an old file is kept; a symbolic link is replaced, not followed. What is no regular file (a
 * device, a pipe) and what is open as standard output or error is written to directly. Inert
 * while an error stands.
 *
 *   ->   FX_ERR_IO: the old file is untouched and no temporary file remains. One exception: if
 *        only the folder could not be synced, the new file is there, but may not survive a crash.
 */
fx_status fx__file_write(fx_context *cx, const char *path, const void *bytes, size_t n);

#endif
