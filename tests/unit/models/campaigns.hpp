/// \file
/// A campaign with a spectrum and a number, for the tests of this folder.
#pragma once

#include <string>

#include "tranche/config/campaign_file.hpp"

namespace tranche::test {

/// `more`: further sections.
inline campaign::CampaignSpec learnable(const std::string& more = {}) {
  return config::parse_campaign(
      {"tranche: 1\n"
       "name: demo\n"
       "parameters: {a: {range: [0, 1]}, b: {range: [1, 2]}}\n"
       "design: {method: random, points: 1000}\n"
       "stages: [{name: pilot, upto: 10%}, {name: full, upto: 100%}]\n"
       "simulator: {plugin: libdemo_plugin.so}\n"
       "axes: {k: {linear: [0, 1], n: 20}}\n"
       "outputs: {total: {}, curve: {axes: [k]}}\n" +
           more,
       "campaign.yaml", "."});
}

}  // namespace tranche::test
