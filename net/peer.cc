// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace gw::net {

namespace {

std::string text_of(int family, const void* address) {
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(family, address, text, sizeof text);
    return text;
}

void fill_address(Peer& peer, const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        peer.address = text_of(AF_INET, &v4.sin_addr);
        peer.port = ntohs(v4.sin_port);
    } else if (storage.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
        // ::ffff:192.0.2.1 is 192.0.2.1.
        peer.address = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)
                           ? text_of(AF_INET, v6.sin6_addr.s6_addr + 12)
                           : text_of(AF_INET6, &v6.sin6_addr);
        peer.port = ntohs(v6.sin6_port);
    }
}

}  // namespace

Peer peer_of(int fd, Peer::Via via) {
    Peer peer;
    peer.via = via;
    if (via == Peer::Via::control) {
        ucred credentials{};
        socklen_t size = sizeof credentials;
        // Without credentials pid stays 0, which nobody admits.
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
            peer.pid = credentials.pid;
            peer.uid = credentials.uid;
            peer.gid = credentials.gid;
        }
        return peer;
    }
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) == 0) {
        fill_address(peer, storage);
    }
    return peer;
}

}  // namespace gw::net
