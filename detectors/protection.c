/*
 * protection - protection.off: Microsoft Defender's real-time protection went off (5001), a
 * setting changed for the worse (5007), or tamper protection stopped somebody who tried (5013).
 * Other 5007 are routine: Defender writes one for each of its own updates.
 */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

#define EVENT_OFF 5001u
#define EVENT_CHANGED 5007u
#define EVENT_STOPPED 5013u

/* A new value "...\name = 0x1" that weakens protection. `value` NULL: whatever it is. */
struct harm {
    const char *name;
    const char *value;
};

static const struct harm harms[] = {
    {"*\\Windows Defender\\Exclusions\\*", NULL},
    {"*\\DisableAntiSpyware", "0x1"},
    {"*\\DisableAntiVirus", "0x1"},
    {"*\\DisableRealtimeMonitoring", "0x1"},
    {"*\\DisableBehaviorMonitoring", "0x1"},
    {"*\\DisableOnAccessProtection", "0x1"},
    {"*\\DisableScanOnRealtimeEnable", "0x1"},
    {"*\\DisableIOAVProtection", "0x1"},
    {"*\\DisableIntrusionPreventionSystem", "0x1"},
    {"*\\DisableScriptScanning", "0x1"},
    {"*\\DisableArchiveScanning", "0x1"},
    {"*\\DisableBlockAtFirstSeen", "0x1"},
    {"*\\DisableEnhancedNotifications", "0x1"},
    {"*\\DisableTamperProtection", "0x1"},
    {"*\\Features\\TamperProtection", "0x0"},
    {"*\\Features\\TamperProtection", "0x4"},
    {"*\\SpyNet\\SpyNetReporting", "0x0"},
    {"*\\MpEngine\\MpEnablePus", "0x0"},
    {"*\\Threats\\ThreatSeverityDefaultAction\\*", "0x6"}, /* allow */
    {"*\\Threats\\ThreatSeverityDefaultAction\\*", "0x9"}, /* no action */
    {"*\\EnableNetworkProtection", "0x0"},
    {"*\\EnableControlledFolderAccess", "0x0"},
};

/* "key\name = value" -> both; a record without " = " is all name. */
static void
split_value(struct sv text, struct sv *name, struct sv *value)
{
    *name = text;
    *value = (struct sv){NULL, 0};
    for (size_t i = text.len; i >= 3; i--) {
        if (memcmp(text.p + i - 3, " = ", 3) == 0) {
            name->len = i - 3;
            *value = sv_trim((struct sv){text.p + i, text.len - i});
            break;
        }
    }
    *name = sv_trim(*name);
}

static bool
is_harmful(struct sv new_value)
{
    struct sv name, value;

    split_value(new_value, &name, &value);
    for (size_t i = 0; i < COUNT(harms); i++) {
        if (sv_glob(name, sv_from(harms[i].name)) &&
            (harms[i].value == NULL || sv_eq_nocase(value, sv_from(harms[i].value)))) {
            return true;
        }
    }
    return false;
}

static enum err
protection_event(void *self, const struct state *now, const struct event *ev, struct book *book)
{
    struct finding f = origin_event(ev, &rule_table[RULE_PROTECTION_OFF], SV("protection"));
    struct sv what = ev->new_value.len > 0 ? ev->new_value : ev->text;
    uint32_t slot;

    (void)self;
    (void)now;
    if (ev->event_id == EVENT_CHANGED && is_harmful(ev->new_value)) {
        f.message = "ALERT_PROTECTION_WEAKENED";
    } else if (ev->event_id == EVENT_STOPPED) {
        f.message = "ALERT_PROTECTION_ATTEMPT";
    } else if (ev->event_id == EVENT_OFF) {
        f.message = "ALERT_PROTECTION_OFF";
    } else {
        return ERR_OK;
    }
    f.extra[0] = (struct finding_extra){"what", what.len > 0 ? what : SV("-")};
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_PROTECTION_OFF], NULL};

const struct detector det_protection = {
    .name = "protection",
    .rules = rules,
    .wants = EV_BIT(EV_DEFENDER_EVENT),
    .on_event = protection_event,
};
