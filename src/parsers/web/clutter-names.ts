import type { Element } from "hast";

/** Whether an element is called like what a plug-in puts into an article, or like what a theme does: by whole names. */
export function calledClutter({
  tagName,
  properties,
}: Element): "by a plug-in" | "by a theme" | "contents" | undefined {
  const { className, id } = properties;
  const names = [...(Array.isArray(className) ? className : []), id].filter((name) => typeof name === "string");
  if (names.some((name) => PLUGINS.has(name.toLowerCase()) || KNOWLEDGE_BASES.test(name))) return "by a plug-in";
  if (/^h[1-6]$/.test(tagName)) return undefined;
  if (names.some((name) => THEMES.has(name.toLowerCase()))) return "by a theme";
  return names.some((name) => CONTENTS.has(name.toLowerCase())) ? "contents" : undefined;
}

/** Plug-ins for knowledge bases name each of their parts. */
const KNOWLEDGE_BASES =
  /^(?:eckb|epkb|eprf|betterdocs|wedocs|hkb|ht-kb|bpress|docy)-(?:[\w-]+[-_])?(?:toc|breadcrumbs?|navigation|prevnext|feedback|reactions?|share|print|related|ratings?|votes?|helpful)(?:[-_]|$)/i;

/** Names that nobody gives to anything else. */
const PLUGINS = setOf(
  // Sharing: Jetpack, AddToAny, AddThis, ShareThis, Shareaholic, Social Warfare, Super Socializer, Sassy Social Share,
  // Easy Social Share Buttons, Simple Share Buttons Adder, MashShare, Hubbub, Novashare, Scriptless, Monarch and builders.
  `sharedaddy shariff ss-inline-share-wrapper sd-sharing sd-sharing-enabled sd-block jp-post-flair sd-like-enabled addtoany_share_save_container addtoany_content
  addtoany_content_top addtoany_content_bottom a2a_kit addtoany_shortcode addthis_toolbox addthis_inline_share_toolbox
  at-above-post at-below-post at-share-btn-elements sharethis-inline-share-buttons sharethis-inline-reaction-buttons
  shareaholic-canvas shareaholic-share-buttons-container shareaholic-recommendations swp_social_panel swp-content-locator
  swp_share_buttons the_champ_sharing_container the_champ_horizontal_sharing heateor_sss_sharing_container
  heateor_sss_horizontal_sharing essb_links essb_displayed_top essb_displayed_bottom ssba ssba-wrap ssba-classic-2 ssbp-wrap
  mashsb-container mashsb-box dpsp-content-wrapper dpsp-networks-btns-wrapper novashare-buttons scriptlesssocialsharing
  simplesocialbuttons supsystic-social-sharing juiz_sps_links et_social_inline et_social_media_wrapper cresta-share-icon
  elementor-widget-share-buttons elementor-share-buttons--view-icon-text et_pb_social_media_follow fusion-sharing-box
  td-post-sharing td-post-sharing-top td-post-sharing-bottom jeg_share_button jeg_share_bottom_container
  wp-block-jetpack-sharing-buttons wp-block-outermost-social-sharing kt-social-share`,
  // Tables of contents: Easy, LuckyWP, TOC+, Rank Math, Yoast, SimpleTOC, Fixed, Joli, blocks and builders, knowledge bases.
  `ez-toc-container ez-toc-widget-container lwptoc toc_container rank-math-toc wp-block-rank-math-toc-block
  wp-block-yoast-seo-table-of-contents yoast-table-of-contents wp-block-table-of-contents wp-block-simpletoc-toc simpletoc
  simpletoc-list simpletoc-title wp-block-aioseo-table-of-contents aioseo-toc-contents wp-block-uagb-table-of-contents
  uagb-toc__wrap
  wp-block-ub-table-of-contents-block ub_table-of-contents wp-block-kadence-tableofcontents kb-table-of-content-nav
  wp-block-essential-blocks-table-of-contents eb-toc-container wp-block-stackable-table-of-contents gs-autolist
  elementor-widget-table-of-contents elementor-toc__body ftwp-container-outer ftwp-container wpj-jtoc ht_toc_container
  wp-block-themeisle-blocks-toc`,
  // What comes before and after an article.
  `wp-block-post-navigation-link post-navigation-link-previous post-navigation-link-next wp-pagenavi wp-block-query-pagination
  post-page-numbers wedocs-doc-nav elementor-widget-post-navigation elementor-post-navigation et_pb_posts_nav td-post-next-prev
  jeg_prevnext_post
  docs-navigation comment-navigation`,
  // Others of the same kind: Jetpack, YARPP, Contextual Related Posts, and those of themes.
  `jp-relatedposts jp-relatedposts-i2 wp-block-jetpack-related-posts yarpp yarpp-related crp_related rp4wp-related-posts wp_rp_wrap
  wp_rp_content zem_rp_wrap srp-widget-content td_block_related_posts jnews_related_post_container tdb-single-related-posts
  td-related-row irp-inline outbrain taboola`,
  // Opinions, numbers and buttons.
  `post-ratings post-ratings-loading kk-star-ratings rmp-main rmp-widgets-container yasr-vv-stars-title-container wpd-rating
  helpful-container helpful-wrapper ht-voting ht-kb-voting
  printfriendly pf-button pf-alignleft pf-alignright dkpdf-button-container pdfprnt-buttons printomatictext wp-print-friendly
  post-views post-views-counter wp-post-views tptn_counter rt-reading-time
  bsf-rt-reading-time span-reading-time wp-block-post-time-to-read`,
  // Who wrote it, and what was said of it.
  `saboxplugin-wrap author-bio author-info author-box about-author about-the-author post-author-box m-a-box abh_box
  pp-multiple-authors-boxes-wrapper ts-fab-wrapper wp-block-post-author wp-block-post-date
  wp-block-post-terms posted-in entry-utility postmetadata comment-respond comments-area wp-block-comments commentform disqus_thread fb-comments wpdcom
  wpdiscuz_top_clearing
  yoast-breadcrumbs rank-math-breadcrumb aioseo-breadcrumbs`,
);

/** Names that a writer might give to a text, too. */
const THEMES = setOf(
  `post-navigation posts-navigation post-nav posts-nav post-nav-links post_nav post-pagination nav-single single-nav
  single-navigation
  nav-links nav-below nav-above nav-previous nav-next nav-prev navigation page-navigation article-navigation article-nav
  entry-navigation
  entry-nav doc-navigation doc-nav docs-nav paging-navigation paging pagination pager page-links page-numbers prev-next prevnext
  prev-next-links prev-next-posts previous-next post-prev-next next-prev next-previous next-prev-links previous-post next-post
  prev-post post-links adjacent-posts`,
  `share sharing share-buttons share-bar sharebar share-box sharebox share-links share-icons share-post share-this share-article
  share-buttons-container share-container share-wrapper share-widget post-share post-sharing post-share-buttons entry-share
  entry-sharing article-share article-sharing blog-share social-share social-sharing social-share-buttons social-sharing-buttons
  social-buttons social-bar social-links social-icons social-media-share sharing-buttons sharing-links sharing-bar floating-share`,
  `related related-post related-posts relatedposts related-articles related-entries similar-posts related-reading more-posts read-next you-may-also-like recommended-posts`,
  `breadcrumb breadcrumbs breadcrumb-trail breadcrumbs-container back-link back-to-top scroll-to-top top-link print-link
  print-button
  print-buttons print-page email-link article-feedback post-feedback page-feedback article-rating post-rating rating-form
  was-this-helpful
  feedback-widget article-helpful helpful-buttons article-votes post-tags tags-links tag-links cat-links post-categories
  entry-categories entry-tags helpful post-author-info entry-author`,
);

/** Such, of headings of the page. */
const CONTENTS = setOf(
  `toc table-of-contents tableofcontents table-of-content toc-container toc-wrapper toc-box toc-list toc_list post-toc article-toc
  entry-toc page-toc in-page-nav on-this-page article-contents post-contents`,
);

function setOf(...names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((lines) => lines.split(/\s+/)).filter((name) => name !== ""));
}
