#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// InspIRCd as Debian has it, a real IRC server with most of IRCv3.

#include <fstream>

#include "tests/support/ircd.h"
#include "tests/support/temp_dir.h"

namespace gw::tests {

class Inspircd : public IrcServer {
  public:
    explicit Inspircd(loop::Loop& loop) : IrcServer(loop) {
        std::ofstream out(directory_.file("inspircd.conf"));
        out << "<server name=\"irc.test.example\" description=\"tests\" network=\"test\">\n"
            << "<admin name=\"nobody\" nick=\"nobody\" email=\"nobody@test.example\">\n"
            << "<bind address=\"127.0.0.1\" port=\"" << port << "\" type=\"clients\">\n"
            << "<connect allow=\"*\" commandrate=\"100000\" fakelag=\"no\" localmax=\"100\" "
               "globalmax=\"100\" resolvehostnames=\"no\" useident=\"no\">\n"
            << "<pid file=\"" << directory_.file("pid") << "\">\n"
            << "<log method=\"file\" type=\"* -USERINPUT -USEROUTPUT\" level=\"default\" target=\""
            << directory_.file("log") << "\">\n";
        for (const char* name :
             {"cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_ctctags",
              "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime"}) {
            out << "<module name=\"" << name << "\">\n";
        }
    }

  private:
    [[nodiscard]] loop::Spawn what() const override {
        return {.program = "/usr/sbin/inspircd",
                .args = {"--nofork", "--runasroot", "--nolog",
                         "--config=" + directory_.file("inspircd.conf")},
                .env = {}};
    }
    test::TempDir directory_;
};

}  // namespace gw::tests
