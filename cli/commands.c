/* commands - the table of all commands: one row each. A new command is a row and a cmd_*.c. */
#include "cli/command.h"
#include "detectors/rules.h"

#define WINDOW (OPT_BIT(OPT_SINCE) | OPT_BIT(OPT_UNTIL))
#define HOST OPT_BIT(OPT_HOST)
#define ANY_NUMBER SIZE_MAX

const struct cli_command cli_commands[] = {
    {"", "", 0, 0, OPT_BIT(OPT_VERSION), MSG_CMD_OVERVIEW, cmd_overview},
    {"status", "", 0, 0, 0, MSG_CMD_STATUS, cmd_status},
    {"story", "[ID|HOST]", 0, 1, WINDOW, MSG_CMD_STORY, cmd_story},
    {"replay", "PATH...", 1, ANY_NUMBER, OPT_BIT(OPT_RECORDS) | OPT_BIT(OPT_TRACE_HOST),
     MSG_CMD_REPLAY, cmd_replay},
    {"alerts", "[ID]", 0, 1,
     WINDOW | HOST | OPT_BIT(OPT_SEVERITY) | OPT_BIT(OPT_RULE) | OPT_BIT(OPT_OPEN), MSG_CMD_ALERTS,
     cmd_alerts},
    {"alerts ack", "ID", 1, 1, OPT_BIT(OPT_WHY), MSG_CMD_ALERTS_ACK, cmd_alerts_ack},
    {"mute", "ID", 1, 1, OPT_BIT(OPT_FOR) | OPT_BIT(OPT_WHY), MSG_CMD_MUTE, cmd_mute},
    {"test-alert", "", 0, 0, OPT_BIT(OPT_WAIT), MSG_CMD_TEST_ALERT, cmd_test_alert},
    {"logons", "", 0, 0, WINDOW | HOST | OPT_BIT(OPT_BY), MSG_CMD_LOGONS, cmd_logons},
    {"events", "", 0, 0, WINDOW | HOST | OPT_BIT(OPT_KIND), MSG_CMD_EVENTS, cmd_events},
    {"processes", "", 0, 0, WINDOW | HOST | OPT_BIT(OPT_AT) | OPT_BIT(OPT_TREE), MSG_CMD_PROCESSES,
     cmd_processes},
    {"scan", "PATH...", 1, ANY_NUMBER, 0, MSG_CMD_SCAN, cmd_scan},
    {"rules list", "", 0, 0, 0, MSG_CMD_RULES_LIST, cmd_rules_list},
    {"rules check", "[FILE...]", 0, ANY_NUMBER, 0, MSG_CMD_RULES_CHECK, cmd_rules_check},
    {"adapters", "", 0, 0, WINDOW | HOST | OPT_BIT(OPT_HISTORY), MSG_CMD_ADAPTERS, cmd_adapters},
    {"query", "SQL", 1, 1, 0, MSG_CMD_QUERY, cmd_query},
    {"config show", "", 0, 0, 0, MSG_CMD_CONFIG_SHOW, cmd_config_show},
    {"config check", "[FILE]", 0, 1, 0, MSG_CMD_CONFIG_CHECK, cmd_config_check},
    {"config path", "", 0, 0, 0, MSG_CMD_CONFIG_PATH, cmd_config_path},
    {"service run", "", 0, 0, OPT_BIT(OPT_CONSOLE), MSG_CMD_SERVICE_RUN, cmd_service_run},
    {"service install", "", 0, 0, 0, MSG_CMD_SERVICE_INSTALL, cmd_service_install},
    {"service uninstall", "", 0, 0, 0, MSG_CMD_SERVICE_UNINSTALL, cmd_service_uninstall},
    {"service start", "", 0, 0, 0, MSG_CMD_SERVICE_START, cmd_service_start},
    {"service stop", "", 0, 0, 0, MSG_CMD_SERVICE_STOP, cmd_service_stop},
    {"service reload", "", 0, 0, 0, MSG_CMD_SERVICE_RELOAD, cmd_service_reload},
    {"version", "", 0, 0, OPT_BIT(OPT_LICENSES), MSG_CMD_VERSION, cmd_version},
    {"help", "[COMMAND]", 0, 2, 0, MSG_CMD_HELP, cmd_help},
};
const size_t cli_command_count = COUNT(cli_commands);

const struct cli_command *
cli_command_find(struct sv name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (sv_eq(sv_from(cli_commands[i].name), name)) {
            return &cli_commands[i];
        }
    }
    return NULL;
}

/* Words that need a second one. */
static const struct {
    const char *word;
    enum msg which;
} groups[] = {
    {"config", MSG_CLI_CONFIG_WHAT},
    {"service", MSG_CLI_SERVICE_WHAT},
    {"rules", MSG_CLI_RULES_WHAT},
};

void
cli_unknown_command(struct cli *c, const char *word)
{
    const char *names[COUNT(cli_commands)];
    const char *near;

    for (size_t i = 0; i < COUNT(groups); i++) {
        if (strcmp(word, groups[i].word) == 0) {
            cli_error(c, CLI_USAGE, groups[i].which, NULL, 0);
            return;
        }
    }
    for (size_t i = 0; i < cli_command_count; i++) {
        names[i] = cli_commands[i].name;
    }
    near = cli_suggest(sv_from(word), names, cli_command_count);
    cli_error(c, CLI_USAGE, near != NULL ? MSG_CLI_UNKNOWN_COMMAND_NEAR : MSG_CLI_UNKNOWN_COMMAND,
              (struct msg_arg[]){{"command", sv_from(word)}, {"near", sv_from(near)}}, 2);
}

bool
cli_rule_exists(struct sv pattern)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (sv_glob(sv_from(rule_table[i].name), pattern)) {
            return true;
        }
    }
    return false;
}
