#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Why an attempt to send did not succeed, as the outbox sees it.

namespace gw::delivery {

enum class Failure {
    transient,  // nothing reached the provider, or it asked to come later
    permanent,  // the provider refused
    uncertain,  // bytes left and no answer came
};

}  // namespace gw::delivery
