// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/options.h"

#include <getopt.h>

namespace gw {

namespace {

enum Letter { kConfig = 256, kState, kPort, kBind, kToken, kLogFormat, kVerbose, kHelp, kVersion };

constexpr option kOptions[] = {
    {"config", required_argument, nullptr, kConfig},
    {"state-dir", required_argument, nullptr, kState},
    {"port", required_argument, nullptr, kPort},
    {"bind", required_argument, nullptr, kBind},
    {"token", required_argument, nullptr, kToken},
    {"log-format", required_argument, nullptr, kLogFormat},
    {"verbose", no_argument, nullptr, kVerbose},
    {"help", no_argument, nullptr, kHelp},
    {"version", no_argument, nullptr, kVersion},
    {nullptr, 0, nullptr, 0},
};

std::unexpected<Error> usage(std::string what) {
    return fail(Errc::invalid_input, std::move(what) + "; gatewayd --help lists the options");
}

}  // namespace

Result<Options> parse_options(int argc, char** argv) {
    Options options;
    opterr = 0;
    optind = 0;  // 0 and not 1: begin anew, also when called a second time
    while (true) {
        const int letter = ::getopt_long(argc, argv, "+:hV", kOptions, nullptr);
        if (letter == -1) break;
        switch (letter) {
            case kConfig: options.overrides.config_path = optarg; break;
            case kState: options.overrides.state_dir = optarg; break;
            case kPort: options.overrides.port = optarg; break;
            case kBind: options.overrides.bind = optarg; break;
            case kToken: options.overrides.token = optarg; break;
            case kLogFormat:
                if (std::string_view(optarg) == "text") {
                    options.log_format = LogFormat::text;
                } else if (std::string_view(optarg) == "json") {
                    options.log_format = LogFormat::json;
                } else {
                    return usage("--log-format must be text or json");
                }
                break;
            case kVerbose: options.is_verbose = true; break;
            case 'h':
            case kHelp: options.wants_help = true; break;
            case 'V':
            case kVersion: options.wants_version = true; break;
            case ':': return usage(std::string(argv[optind - 1]) + " needs a value");
            default: return usage("unknown option " + std::string(argv[optind - 1]));
        }
    }
    if (optind < argc) return usage("unexpected argument " + std::string(argv[optind]));
    return options;
}

std::string help_text() {
    return R"(gatewayd: the messaging gateway of this host, in the foreground.

  --config FILE        configuration, JSON5 (GATEWAYD_CONFIG_PATH, OPENCLAW_CONFIG_PATH;
                       default ~/.config/gatewayd/gatewayd.json5, root: /etc/gatewayd/gatewayd.json5)
  --state-dir DIR      database and lock (GATEWAYD_STATE_DIR, OPENCLAW_STATE_DIR;
                       default ~/.local/state/gatewayd, root: /var/lib/gatewayd)
  --port N             WebSocket and HTTP port (GATEWAYD_PORT, OPENCLAW_GATEWAY_PORT;
                       default 18789; 0: any free one)
  --bind WHERE         loopback (default), lan, or a numeric address
  --token SECRET       what clients must know (GATEWAYD_TOKEN, OPENCLAW_GATEWAY_TOKEN)
  --log-format FORMAT  text or json; default: text on a terminal
  --verbose            log more
  --help, --version

Exit codes: 0 stopped as asked; 1 could not start or failed; 64 wrong options; 78 the configuration
is wrong, or another gateway runs on the same state. Channels, keys and formats: docs/configuration.md.
gatewayctl talks to the running gateway.
)";
}

}  // namespace gw
