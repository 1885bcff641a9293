/* posture_api - there is no network of Windows here. */
#include "posture/posture_api.h"

const struct posture_api *
posture_api_system(void)
{
    return NULL;
}
