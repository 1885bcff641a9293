/*
 * process_tree - processes under the process that created them.
 *
 * A parent is the process of that pid and start; where its start is not known, the newest process
 * of that pid that began before the child and had not ended. So a tree has no circles.
 * Memory: the rows, PROCESS_TREE_MAX of them.
 */
#pragma once

#include "cli/command.h"

#define PROCESS_TREE_MAX 16384u
#define PROCESS_TREE_INDENT_MAX 32u /* levels that a table indents */

struct process_tree;
/* Reads all rows of v_processes. ERR_FULL: there are too many. */
MUST_CHECK enum err process_tree_create(struct rows *rows, struct process_tree **out);
void process_tree_destroy(struct process_tree *t);
/* The rows in order of the tree, computer after computer. With `indent` the image is moved in;
 * without it there is one more column, `depth`. Borrows t. */
struct out_rows process_tree_rows(struct process_tree *t, bool indent);
