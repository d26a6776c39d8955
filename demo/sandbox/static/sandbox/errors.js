// What Slack's names of errors mean, for those who act on the page.

const SENTENCES = {
  already_in_channel: "They are in this channel already.",
  already_pinned: "It is pinned already.",
  channel_not_found: "That channel is gone, or private.",
  invalid_name_maxlength: "A channel's name has at most 80 characters.",
  invalid_name_punctuation: "A channel's name needs a letter or a digit.",
  invalid_name_required: "A channel needs a name.",
  invalid_name_specials: "A channel's name has lowercase letters, digits, - and _, and no spaces.",
  is_archived: "This channel is archived.",
  name_taken: "There is a channel of that name already; archived ones count.",
  not_in_channel: "Join the channel first.",
  too_many_pins: "A channel has at most 100 pins.",
};

export const sentence = (name) => SENTENCES[name] ?? name;
