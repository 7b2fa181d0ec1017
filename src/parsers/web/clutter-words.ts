/** Words and addresses by which navigation in an article is known. Each is asked of a short text only. */

/** Where a page is shared. */
export const SHARE =
  /(?:facebook\.com\/(?:sharer|share|dialog\/(?:share|feed))|(?:twitter|x)\.com\/(?:intent|share|home\?status)|linkedin\.com\/(?:sharearticle|sharing|cws\/share)|pinterest\.[a-z.]{1,20}\/pin\/create|reddit\.com\/submit|tumblr\.com\/(?:share|widgets\/share)|plus\.google\.com\/share|(?:api|web)\.whatsapp\.com\/send|wa\.me\/\?text|whatsapp:\/\/send|t\.me\/share|telegram\.me\/share|vk\.com\/share|vkontakte\.ru\/share|connect\.ok\.ru\/|xing\.com\/(?:spi\/shares|social_plugins\/share|app\/user\?op=share)|getpocket\.com\/(?:save|edit)|pocket\.co\/save|bufferapp\.com\/add|buffer\.com\/add|digg\.com\/submit|stumbleupon\.com\/submit|news\.ycombinator\.com\/submitlink|mix\.com\/add|flipboard\.com\/bookmarklet|line\.me\/r\/msg|social-plugins\.line\.me|b\.hatena\.ne\.jp\/(?:add|entry)|service\.weibo\.com\/share|addtoany\.com\/(?:share|add_to)|addthis\.com\/bookmark|bsky\.app\/intent|threads\.net\/intent|[?&]share=(?:facebook|twitter|x|linkedin|email|pinterest|pocket|reddit|telegram|tumblr|jetpack-whatsapp|print|mastodon|threads|nextdoor|bluesky))/i;
/** Mail to nobody, and the button that prints. */
export const SHARE_OTHERWISE = /^(?:mailto:(?:\?|%20)|whatsapp:|javascript:[^;]{0,20}print\b)/i;
/** A button that is written as a link. */
export const BUTTON = /^(?:#?$|javascript:)/i;
export const SHARE_LABEL =
  /^[^.!?。]*(?:\b(?:shar(?:e|ing)|spread|like this|tweet|compart|partag|condivid|udostępnij|bagikan|paylaş)|\b(?:teile|delen|deel|dela)|поделит|シェア|共有|分享|共享|chia sẻ)[^.!?。]*[.!?]?$/iu;

const BEFORE_AFTER =
  "previous|prev|next|older|newer|vorherige[rs]?|vorige[rs]?|nächste[rs]?|anterior|siguiente|précédente?|suivante?|precedente|successivo|volgende?|próximo";
const KINDS =
  "post|posts|article|articles|page|entry|entries|topic|chapter|lesson|story|beitrag|beiträge|artikel|seite|artículo|entrada|articolo|artigo|navigation";
/** A link that says only that it leads on or back. */
export const STEP_WORDS = new RegExp(
  `^[\\s«‹←⟵<|]*(?:(?:${BEFORE_AFTER})\\s*(?:${KINDS})?|(?:${KINDS})\\s+(?:${BEFORE_AFTER})|zurück|weiter)\\s*(?:[:»›→⟶>|]|$)`,
  "iu",
);
/** A link back to the top, or to the table of contents. */
export const TOP_WORDS =
  /^[\s↑⇧^«]*(?:(?:(?:go )?back to|return to)(?: the)? (?:top|contents|table of contents|toc|index|menu)|top|zurück (?:nach oben|zum (?:anfang|inhaltsverzeichnis|inhalt|seitenanfang))|nach oben|volver arriba|haut de (?:la )?page|torna su)?[\s↑⇧^.]*$/iu;
export const STEP_NAME =
  /^(?:(?:nav|navigation|post|article|entry|page|link|button|btn|arrow|topic|doc|docs|story|single|pager|pagination)[-_]{1,2})?(?:prev|previous|next)(?:[-_]{1,2}(?:post|article|link|page|entry|topic|doc|button|btn|story|posts|title|text|label|arrow|nav))*$/i;
export const STEP_LABEL = new RegExp(`^(?:[\\s\\p{P}\\p{S}\\d]|\\b(?:${BEFORE_AFTER}|${KINDS})\\b)*$`, "iu");
/** It says so of the link beside it. */
export const STEP_DIRECTION = new RegExp(`\\b(?:${BEFORE_AFTER})\\b`, "iu");

export const CONTENTS_LABEL =
  /^(?:[\s\p{P}\p{S}\d]|table of contents?|contents?|in this (?:article|page|post|guide|section)|on this page|quick (?:links|navigation)|jump to|page contents|toggle|hide|show|inhalt(?:sverzeichnis)?|auf dieser seite|sommaire|table des matières|índice|contenido|tabla de contenidos?|indice|inhoud(?:sopgave)?|spis treści|содержание|оглавление|目次|目录|文章目录|mục lục|içindekiler|innehåll)*$/iu;
export const RELATED_LABEL =
  /^\W*(?:related|similar|recommended|more (?:posts|articles|stories|from|on)|you (?:may|might) also|read (?:next|also)|das könnte|ähnliche|verwandte|weitere|passend dazu|artículos relacionados|entradas relacionadas|articles (?:similaires|connexes|liés)|関連|相关)\b/iu;
/** Below which names a theme puts an article. */
export const META_LABEL =
  /^\W*(?:(?:tags?|tagged|posted|filed|published|written|by|in|categor(?:y|ies)|kategorien?|schlagw[oö]rte?r?|veröffentlicht|abgelegt|von|etiquetas?|categorías?|catégories?|étiquettes?)\b|$)/iu;
export const QUESTION =
  /\b(?:was|is|did|were|how)\s(?:you\s)?(?:find\s|useful\swas\s|helpful\swas\s)?th(?:is|ese)\s(?:article|page|post|information|content|topic|answer|doc\w{0,20}|guide|entry)\b[^.!]{0,40}(?:help|useful|answer|\?)|\bwhat are your feelings\b|\brate this (?:article|page|post)\b|\bwar (?:dieser|diese) (?:artikel|beitrag|seite)\b[^.!]{0,20}hilfreich/i;
/** What stands behind it. */
export const ANSWERS =
  /^\p{L}*(?:[\s\p{P}\p{S}\d]|\b(?:yes|no|not really|somewhat|ja|nein|oui|non|sí|thumbs|up|down|like|dislike)\b)*$/iu;
