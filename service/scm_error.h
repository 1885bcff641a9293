/*
 * scm_error - Win32 codes of the Service Control Manager, as our errors and as sentences that say
 * what to do.
 */
#pragma once

#include "messages/tell.h"

struct scm_error {
    uint32_t code;
    enum err err;
    enum msg msg; /* parameter {code} */
};
/* A code without a row of its own is ERR_IO and MSG_SERVICE_FAILED. */
struct scm_error scm_error_of(uint32_t code);
/* Says so and returns the error. */
MUST_CHECK enum err scm_error_tell(const struct tell *tell, uint32_t code);
