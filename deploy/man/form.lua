-- Gives docs/*.md the form of a man page: sections in capitals, tables as lists of terms, links to other man pages by
-- their names, code in bold. It changes no word.

-- Documents that are man pages, and which.
local pages = {
  ["commands.md"] = "rhumb(1)",
  ["configuration.md"] = "rhumb.yaml(5)",
  ["checks.md"] = "rhumb.yaml(5)",
  ["zones.md"] = "rhumb-zone(5)",
}

-- Heads of the column that is what a row is about; the other cells stand behind it.
local main_heads = { meaning = true, means = true, does = true, ["for"] = true, holds = true, reply = true, rule = true }

local this_page

local function inlines(blocks) return pandoc.utils.blocks_to_inlines(blocks, { pandoc.Space() }) end

local function append(list, more)
  for _, one in ipairs(more) do list[#list + 1] = one end
end

-- Which cell of a row, behind the first, says what it is about; nil: they are all alike.
local function main_column(heads)
  if #heads == 2 then return 2 end
  for i = 2, #heads do
    if main_heads[pandoc.utils.stringify(heads[i])] then return i end
  end
  return nil
end

-- The cells behind the first in one paragraph: what it is about, and then the others, each under its head.
local function definition(heads, row)
  local main = main_column(heads)
  local text = main and inlines(row[main]) or {}
  local others = {}
  for i = 2, #row do
    local cell = inlines(row[i])
    if i ~= main and #cell > 0 then
      if #others > 0 then append(others, { pandoc.Str(";"), pandoc.Space() }) end
      append(others, { pandoc.Emph(heads[i] and inlines(heads[i]) or {}), pandoc.Str(":"), pandoc.Space() })
      append(others, cell)
    end
  end
  if #text > 0 and #others > 0 then
    append(text, { pandoc.Space(), pandoc.Str("(") })
    append(others, { pandoc.Str(")") })
  end
  append(text, others)
  return { { pandoc.Plain(text) } }
end

local function terms(tbl)
  local simple = pandoc.utils.to_simple_table(tbl)
  local items = {}
  for _, row in ipairs(simple.rows) do
    local term = inlines(row[1])
    if #term == 0 then term = { pandoc.Str("-") } end
    items[#items + 1] = { term, definition(simple.headers, row) }
  end
  return pandoc.DefinitionList(items)
end

local function link(el)
  local file = el.target:match("^([^#]*)")
  local name = file:match("([^/]*)$")
  local page = pages[name]
  if page == nil or page == this_page then return el.content end
  if pandoc.utils.stringify(el.content) == name then return pandoc.Str(page) end
  local text = pandoc.List(el.content)
  append(text, { pandoc.Space(), pandoc.Str("(" .. page .. ")") })
  return text
end

-- Bold; what is longer than a line has places may be broken behind commas.
local function code(el)
  local parts = {}
  for part in el.text:gmatch("[^,]*,?") do
    if part ~= "" then append(parts, { pandoc.Str(part), pandoc.RawInline("man", "\\:") }) end
  end
  parts[#parts] = nil
  return pandoc.Strong(parts)
end

-- What stands below the description goes up by one level, since a man page has but two.
local function level_sections(blocks)
  local up = 0
  for _, block in ipairs(blocks) do
    if block.t == "Header" then
      local text = pandoc.utils.stringify(block.content)
      if block.level == 1 then up = text == "DESCRIPTION" and 1 or 0 end
      block.level = math.max(1, block.level - (block.level == 1 and 0 or up))
      if block.level == 1 then block.content = { pandoc.Str(text:upper()) } end
    end
  end
  return blocks
end

return {
  { Meta = function(meta) this_page = pandoc.utils.stringify(meta.page) end },
  { Link = link, Code = code },
  { Table = terms },
  { Pandoc = function(doc) return pandoc.Pandoc(level_sections(doc.blocks), doc.meta) end },
}
