# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Signing with Ed25519 (RFC 8032 §5.1), slowly and plainly, for tests: an implementation that
shares nothing with the one under test. Never for real keys: its time depends on them."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
_BASE_Y = 4 * pow(5, P - 2, P) % P


def _recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


def _add(a, b):
    """Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, l = f - e, h - g, h + g, f + e
    return i * j % P, k * l % P, j * k % P, i * l % P


def _multiply(point, scalar):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


_X = _recover_x(_BASE_Y, 0)
_BASE = (_X, _BASE_Y, 1, _X * _BASE_Y % P)


def _compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def _sha512_number(data):
    return int.from_bytes(hashlib.sha512(data).digest(), 'little')


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], 'little')
    scalar = scalar & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    return _compress(_multiply(_BASE, _expand(seed)[0]))


def sign(seed, message):
    scalar, prefix = _expand(seed)
    public = _compress(_multiply(_BASE, scalar))
    r = _sha512_number(prefix + message) % L
    point = _compress(_multiply(_BASE, r))
    challenge = _sha512_number(point + public + message) % L
    return point + ((r + challenge * scalar) % L).to_bytes(32, 'little')
