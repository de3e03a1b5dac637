/* fuzz_events.c - lists of privacy events: none may come through with a rate, noise or number of steps that no accountant
 * may see. */
#include "fuzz.h"
#include "dpdm/events.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dpdm_event *events;
    size_t count;
    dpdm_error err;
    dpdm_status status = dpdm_events_parse((const char *)bytes, size, "events", &events, &count, &err);
    if (status) {
        fuzz_check_error(status, &err);
        return 0;
    }
    fuzz_assert(count >= 1 && count <= DPDM_EVENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        fuzz_assert(events[i].sampling_rate >= 0 && events[i].sampling_rate <= 1);
        fuzz_assert(isfinite(events[i].noise_multiplier) && events[i].noise_multiplier > 0);
        fuzz_assert(events[i].steps >= 1);
    }
    free(events);
    return 0;
}
