#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Certificates made when a test runs, with Debian's openssl command.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace gw::tests {

inline void run_openssl(const std::string& arguments) {
    const std::string command = "openssl " + arguments + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
}

// An authority (ca.pem), and a server of that name (server.pem, server.key) that it signed, valid
// for so many days; a negative number makes one that has expired.
inline void make_certificates(const std::string& directory, const std::string& name, int days = 1) {
    const std::string at = directory + '/';
    const std::string key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
    run_openssl("req -x509" + key + "-days 1 -subj /CN=authority -keyout " + at + "ca.key -out " +
                at + "ca.pem");
    run_openssl("req" + key + "-subj /CN=" + name + " -keyout " + at + "server.key -out " + at +
                "server.csr");
    std::ofstream(at + "names") << "subjectAltName=DNS:" << name << '\n';
    run_openssl("x509 -req -in " + at + "server.csr -CA " + at + "ca.pem -CAkey " + at +
                "ca.key -CAcreateserial -extfile " + at + "names -days " + std::to_string(days) +
                " -out " + at + "server.pem");
}

// As "AA:BB:…".
inline std::string fingerprint_of(const std::string& directory) {
    const std::string out = directory + "/fingerprint";
    const std::string command =
        "openssl x509 -in " + directory + "/server.pem -noout -fingerprint -sha256 >" + out;
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
    std::ifstream file(out);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t equals = text.find('=');
    return text.substr(equals + 1, text.find('\n') - equals - 1);
}

}  // namespace gw::tests
