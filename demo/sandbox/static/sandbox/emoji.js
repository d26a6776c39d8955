// The names of common emoji. Others are shown by their names.

const TABLE = Object.fromEntries(
  `white_check_mark ✅ heavy_check_mark ✔️ x ❌ question ❓ exclamation ❗ warning ⚠️ fire 🔥
rotating_light 🚨 ambulance 🚑 pushpin 📌 round_pushpin 📍 bell 🔔 no_bell 🔕 eyes 👀 pray 🙏
thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 clap 👏 wave 👋 ok_hand 👌 muscle 💪 raised_hands 🙌
tada 🎉 rocket 🚀 star ⭐ star2 🌟 sparkles ✨ zap ⚡ boom 💥 bulb 💡 memo 📝 pencil ✏️ pencil2 ✏️
pager 📟 telephone_receiver 📞 phone ☎️ mega 📣 loudspeaker 📢 speech_balloon 💬 thought_balloon 💭
book 📖 books 📚 link 🔗 lock 🔒 unlock 🔓 key 🔑 wrench 🔧 hammer 🔨 gear ⚙️ bug 🐛 ladybug 🐞
hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ calendar 📅 clock1 🕐
red_circle 🔴 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ large_green_circle 🟢
large_yellow_circle 🟡 large_orange_circle 🟠 heart ❤️ green_heart 💚 blue_heart 💙 broken_heart 💔
smile 😄 smiley 😃 grin 😁 joy 😂 laughing 😆 wink 😉 blush 😊 thinking_face 🤔 thinking 🤔
neutral_face 😐 confused 😕 worried 😟 cry 😢 sob 😭 scream 😱 sweat_smile 😅 sunglasses 😎
sleeping 😴 face_with_rolling_eyes 🙄 shrug 🤷 facepalm 🤦 skull 💀 ghost 👻 robot_face 🤖
sunny ☀️ partly_sunny ⛅ cloud ☁️ rain_cloud 🌧️ thunder_cloud_and_rain ⛈️ tornado 🌪️ snowflake ❄️
ocean 🌊 volcano 🌋 earth_africa 🌍 coffee ☕ beer 🍺 pizza 🍕 cake 🍰 apple 🍎 gift 🎁 trophy 🏆
dart 🎯 checkered_flag 🏁 flag 🚩 triangular_flag_on_post 🚩 house 🏠 office 🏢 hospital 🏥
computer 💻 desktop_computer 🖥️ floppy_disk 💾 cd 💿 electric_plug 🔌 battery 🔋 satellite 📡
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 mag 🔍 package 📦
inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️ money_with_wings 💸 credit_card 💳 ticket 🎫
heavy_plus_sign ➕ heavy_minus_sign ➖ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️
leftwards_arrow_with_hook ↩️ repeat 🔁 recycle ♻️ no_entry ⛔ no_entry_sign 🚫 construction 🚧
stop_sign 🛑 hundred 💯 100 💯 zzz 💤 dash 💨 droplet 💧 sweat_drops 💦 see_no_evil 🙈 dog 🐶 cat 🐱`
    .trim().split(/\s+/).reduce((rows, word, n, all) => (n % 2 ? rows : [...rows, [word, all[n + 1]]]), []),
);

export const emoji = (name) => TABLE[name.replace(/::skin-tone-\d$/, "")];
export const QUICK = ["white_check_mark", "eyes", "thumbsup", "fire", "tada", "star", "question"];
