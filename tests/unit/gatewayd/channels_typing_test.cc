// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
