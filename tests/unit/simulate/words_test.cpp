#include "words.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <string>

using namespace tranche::simulate;

TEST_CASE("signals have words") {
  CHECK(signal_word(SIGSEGV) == "sigsegv");
  CHECK(signal_word(SIGKILL) == "sigkill");
  CHECK(signal_word(61) == "sig61");
}

TEST_CASE("a reason is one lower-case word") {
  CHECK(clean_reason("no_root", "error") == "no_root");
  CHECK(clean_reason(" No Root! ", "error") == "no_root");
  CHECK(clean_reason("", "error") == "error");
  CHECK(clean_reason("!!", "error") == "error");
  CHECK(clean_reason("\xc3\xa9", "bad_point") == "bad_point");
  CHECK(clean_reason(std::string(100, 'a'), "error").size() == 63);
}

TEST_CASE("a message is one line of valid text") {
  CHECK(clean_message("  a\n\n b\tc \n") == "a b c");
  CHECK(clean_message("\xce\xb3 > 1") == "\xce\xb3 > 1");
  CHECK(clean_message("a\xff"
                      "b") == "a?b");
  CHECK(clean_message("\xed\xa0\x80") == "???");
  CHECK(clean_message("\xce") == "?");
  CHECK(clean_message("bell\x07 esc\x1b") == "bell esc");
}

TEST_CASE("a long message is cut between characters") {
  std::string text;
  for (int k = 0; k < 300; ++k) text += "\xce\xb3";
  CHECK(clean_message(text).size() == 510);
}

TEST_CASE("text in a buffer may lack its terminator") {
  const char buffer[3] = {'a', 'b', 'c'};
  CHECK(bounded(buffer) == "abc");
}

TEST_CASE("last words are those behind the mark, at most 512 bytes") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fputs("before\nafter\n", file);
  std::fflush(file);
  CHECK(last_words(::fileno(file), 7) == "after");
  CHECK(last_words(::fileno(file), 13).empty());
  CHECK(last_words(::fileno(file), 100) == "before after");  // truncated and written again
  std::fputs(std::string(2000, 'x').c_str(), file);
  std::fflush(file);
  CHECK(last_words(::fileno(file), 0).size() == 511);
  std::fclose(file);
}

TEST_CASE("copying text shortens it to the buffer") {
  char buffer[4];
  copy_text("abcdef", buffer);
  CHECK(std::string{buffer} == "abc");
}
