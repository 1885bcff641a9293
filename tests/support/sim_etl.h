/*
 * sim_etl - writes the activity of the simulated computers as two traces each, as two sessions of
 * one boot would record it:
 *
 *   process.etl  a kernel session that names the computer: the NT kernel's Process records and
 *                Kernel-Process events of the same starts and ends; compressed on PC-A
 *   network.etl  names no computer: TCPIP, DNS-Client and Kernel-Network; compressed on PC-B
 *
 * Four processors, whose buffers overlap in time. Nothing of the product is used.
 */
#pragma once

#include <stdio.h>

#include "sim_activity.h"

/* Writes <dir>/<host>/process.etl and network.etl; returns the number of records. */
uint64_t sim_etl_write(const struct sim_activity *a, const char *dir);
